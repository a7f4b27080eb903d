package stealing

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The model runs a small fork-join program on three workers through every order
// in which the steps of the protocol can meet. A step is one atomic operation,
// or one critical section; what only its own goroutine sees happens with the
// step before. A world is a value, so each is visited once.
//
// Whatever the order: each task runs once; a joiner goes on only after its task
// has ended, and never runs anything but parts of what it waits for; everybody
// comes to an end. And whenever nobody is about to take a step but the user's
// code: if a slot is free, there is no offer that nobody comes for, and whoever
// has private records is asked for them.

type flaw int

const (
	sound          flaw = iota
	clearedLate         // wanted is cleared after the offer was made
	notAskedAgain       // an owner does not ask itself again when slots are still free
	parkedBlindly       // a thief parks without looking once more for offers
	askedEarly          // a thief asks before its slot is free
	looseTakeBack       // an owner looks, and then takes, without the lock
	looseEnd            // a thief looks whether somebody waits, and then ends
	helpsAnybody        // a joiner takes from any shelf
	lendsSilently       // a joiner does not ask when it lends its slot
	wakesNobody         // an offer wakes nobody
	helpsTheThief       // a joiner does not look whether its task has ended before it takes from the thief
	blocksSilently      // Block offers nothing
	beginsSilently      // who begins a task does not look for free slots, so nobody asks it
	flaws
)

// The programs: what each task does.

type operation struct {
	do    byte // 'f' fork, 'j' join, 'b' block
	child int8
}

type program [][]operation // by task; 0 is the root. What a task forks has a larger number.

// The cases that are explored, small ones first.
var cases = []struct {
	name  string
	slots int8
	large bool // only with -long
	program
}{
	{"three forks", 1, false, program{{{'f', 1}, {'f', 2}, {'f', 3}, {'j', 3}, {'j', 2}, {'j', 1}}, nil, nil, nil}},
	{"a task that blocks", 1, false, blockedTask},
	{"a root that blocks", 1, false, blockedRoot},
	{"one after the other", 2, false, program{{{'f', 1}, {'j', 1}, {'f', 2}, {'j', 2}}, nil, nil}},
	{"a fork in a fork", 2, false, forkInFork},
	{"a root that blocks", 2, true, blockedRoot},
	{"one below the other", 3, true, program{{{'f', 1}, {'j', 1}}, {{'f', 2}, {'j', 2}}, nil}},
	{"two forks", 3, true, program{{{'f', 1}, {'f', 2}, {'j', 2}, {'j', 1}}, nil, nil}},
	{"a root that blocks", 3, true, blockedRoot},
	{"a task that blocks", 2, true, blockedTask},
	{"a task that blocks", 3, true, blockedTask},
	{"a fork in a fork", 3, true, forkInFork},
	{"a fork in a fork in a fork", 3, true, program{{{'f', 1}, {'f', 2}, {'j', 2}, {'j', 1}}, {{'f', 3}, {'j', 3}}, nil, {{'f', 4}, {'j', 4}}, nil}},
}

var (
	forkInFork  = program{{{'f', 1}, {'f', 2}, {'j', 2}, {'j', 1}}, {{'f', 3}, {'j', 3}}, nil, nil}
	blockedRoot = program{{{'f', 1}, {'f', 2}, {'b', 0}, {'j', 2}, {'j', 1}}, nil, nil}
	blockedTask = program{{{'f', 1}, {'f', 3}, {'j', 3}, {'j', 1}}, {{'f', 2}, {'b', 0}, {'j', 2}}, nil, nil}
)

var long = flag.Bool("long", false, "explore the large models, some million worlds, too")

const (
	modelWorkers = 3
	modelTasks   = 5
	modelDepth   = 4
)

type step int8

const (
	user step = iota // in the user's code, about to do its next operation
	beginTask
	beginWanted
	checkFork
	clear_
	swapAsked
	readHungry
	readOffers
	put
	wakeOne
	readHungryAgain
	askSelf
	clearNow // flaw clearedLate
	afterAsk
	takeBackLook // flaw looseTakeBack
	takeBackNow
	checkEnd
	leap
	beginWait
	lendSlot
	lendLook
	lendWake
	lendHungry
	askOne // asks the worker number victim; two steps
	askOneNow
	joinSleep
	takeSlot
	blocked
	endLook // flaw looseEnd
	endNow
	search
	parkSlot
	parkHungry
	parkLook
	parkUndo
	parkSleep
	gone
)

type taskState int8

const (
	unforked taskState = iota
	private            // known to its owner alone
	offered
	taken // runs, or is about to, or has run as a plain call
	over
)

type modelFrame struct {
	task, pc int8
	job      bool // it was taken from a shelf
}

type modelWorker struct {
	at     step
	then   step // after asking everybody, or after an answer
	frames [modelDepth]modelFrame
	depth  int8
	wanted bool
	asked  bool
	shelf  [modelTasks]int8 // oldest first
	offers int8
	token  bool

	// What it has read, and is about to do.
	hungry, offer, searched bool
	next                    int8 // the task that it is about to put, run, or wait for
	victim                  int8
}

type world struct {
	workers [modelWorkers]modelWorker
	tasks   [modelTasks]taskState
	owner   [modelTasks]int8 // who has forked it
	thief   [modelTasks]int8
	awaited [modelTasks]bool
	runs    [modelTasks]int8
	parked  [modelWorkers]bool
	active  int8
	over    bool
}

type modelRun struct {
	program
	flaw  flaw
	limit int8
	seen  map[world]bool
}

func (r *modelRun) hungry(m *world) bool { return m.active < r.limit }

func (m *world) offers() bool {
	for _, w := range m.workers {
		if w.offers > 0 {
			return true
		}
	}
	return false
}

// oldest returns the oldest private record of a worker, or -1.
func (m *world) oldest(i int) int8 {
	for _, f := range m.workers[i].frames[:m.workers[i].depth] {
		for task := range m.tasks {
			if m.tasks[task] == private && m.owner[task] == int8(i) && m.parent(f, task) {
				return int8(task)
			}
		}
	}
	return -1
}

// parent reports whether a frame has forked the task: the numbers of the tasks
// that a program forks grow.
func (m *world) parent(f modelFrame, task int) bool { return f.task < int8(task) }

func (m *world) wake(r *modelRun) {
	if !r.hungry(m) || m.over {
		return
	}
	for i, p := range m.parked {
		if p {
			m.active++
			m.parked[i] = false
			m.workers[i].token = true
			return
		}
	}
}

// takeFirst takes the oldest offer of victim.
func (m *world) takeFirst(thief, victim int) int8 {
	v := &m.workers[victim]
	task := v.shelf[0]
	copy(v.shelf[:], v.shelf[1:])
	v.offers--
	v.shelf[v.offers] = 0
	m.tasks[task] = taken
	m.thief[task] = int8(thief)
	return task
}

// enter begins a task on worker i.
func (m *world) enter(i int, task int8, job bool) {
	w := &m.workers[i]
	m.tasks[task] = taken
	m.runs[task]++
	w.frames[w.depth] = modelFrame{task: task, job: job}
	w.depth++
	w.at = user
	if job {
		w.at = beginTask
	}
}

// below reports whether task is a part of ancestor.
func (r *modelRun) below(task, ancestor int8) bool {
	for _, op := range r.program[ancestor] {
		if op.do == 'f' && (op.child == task || r.below(task, op.child)) {
			return true
		}
	}
	return false
}

// askAll makes a worker ask all others, and then go on.
func (m *world) askAll(i int, then step) {
	w := &m.workers[i]
	w.victim, w.then, w.at = -1, then, askOne
	m.nextVictim(i)
}

func (m *world) nextVictim(i int) {
	w := &m.workers[i]
	w.victim++
	if w.victim == int8(i) {
		w.victim++
	}
	w.at = askOne
	if w.victim >= modelWorkers {
		w.victim, w.at = 0, w.then
	}
}

// next returns the world after one step of worker i, if it can take one.
func (r *modelRun) next(m world, i int) (world, bool) {
	w := &m.workers[i]
	var top *modelFrame
	if w.depth > 0 {
		top = &w.frames[w.depth-1]
	}
	switch w.at {
	case user:
		if int(top.pc) == len(r.program[top.task]) {
			r.leave(&m, i)
			break
		}
		op := r.program[top.task][top.pc]
		w.next = op.child
		switch op.do {
		case 'f':
			m.tasks[op.child], m.owner[op.child] = private, int8(i)
			top.pc++
			w.at = checkFork
		case 'j':
			r.join(&m, i)
		case 'b':
			for j := m.oldest(i); j >= 0 && r.flaw != blocksSilently; j = m.oldest(i) {
				m.tasks[j] = offered
				w.shelf[w.offers] = j
				w.offers++
			}
			top.pc++
			w.then, w.at = blocked, lendSlot
		}
	case beginTask:
		w.at = user
		if r.hungry(&m) && r.flaw != beginsSilently {
			w.at = beginWanted
		}
	case beginWanted:
		w.wanted = true
		w.at = user
	case checkFork:
		w.at = user
		if w.wanted {
			w.then, w.at = user, clear_
		}
	case clear_:
		if r.flaw != clearedLate {
			w.wanted = false
		}
		w.at = swapAsked
	case swapAsked:
		w.searched, w.asked = w.asked, false
		w.at = readHungry
	case readHungry:
		w.hungry = r.hungry(&m)
		w.at = readOffers
	case readOffers:
		w.offer = w.offers > 0
		w.at = put
		if !w.hungry && (w.offer || !w.searched) {
			w.at = readHungryAgain
		}
	case put:
		j := m.oldest(i)
		if j >= 0 {
			m.tasks[j] = offered
			w.shelf[w.offers] = j
			w.offers++
		}
		switch {
		case w.hungry && (w.offer || j >= 0) && r.flaw != wakesNobody:
			w.at = wakeOne
		case j >= 0:
			w.at = readHungry
		default:
			w.at = readHungryAgain
		}
		w.offer = j >= 0
	case wakeOne:
		m.wake(r)
		w.at = readHungryAgain
		if w.offer {
			w.at = readHungry
		}
	case readHungryAgain:
		hungry := r.hungry(&m) && r.flaw != notAskedAgain
		w.at = afterAsk
		if hungry {
			w.at = askSelf
		}
		if r.flaw == clearedLate && !hungry {
			w.at = clearNow
		}
	case clearNow:
		w.wanted = false
		w.at = afterAsk
	case askSelf:
		w.wanted = true
		w.at = afterAsk
	case afterAsk:
		w.hungry, w.offer, w.searched = false, false, false
		w.at = user
		if w.then == endNow { // a join: the record was popped
			m.enter(i, w.next, false)
		}
		w.then = user
	case takeBackLook:
		w.at = checkEnd
		if w.offers > 0 && w.shelf[w.offers-1] == w.next {
			w.at = takeBackNow
		}
	case takeBackNow:
		if w.offers > 0 && (w.shelf[w.offers-1] == w.next || r.flaw == looseTakeBack) {
			w.offers--
			w.shelf[w.offers] = 0
			m.enter(i, w.next, false)
			break
		}
		w.at = checkEnd
		if r.flaw == looseTakeBack {
			m.enter(i, w.next, false)
		}
	case checkEnd:
		w.at = leap
		if m.tasks[w.next] == over {
			r.joined(&m, i)
		}
	case leap:
		victim := int(m.thief[w.next])
		if r.flaw == helpsAnybody {
			for v := range m.workers {
				if v != i && m.workers[v].offers > 0 {
					victim = v
				}
			}
		}
		if m.workers[victim].offers > 0 && (m.tasks[w.next] != over || r.flaw == helpsTheThief) {
			waitsFor := w.next
			task := m.takeFirst(i, victim)
			if !r.below(task, waitsFor) {
				panic(fmt.Sprintf("waiting for %d, worker %d runs %d", waitsFor, i, task))
			}
			m.enter(i, task, true)
			break
		}
		w.victim, w.then, w.at = int8(victim), beginWait, askOneNow
		if m.workers[victim].wanted {
			w.then, w.at = user, beginWait
		}
	case beginWait:
		if m.tasks[w.next] == over {
			r.joined(&m, i)
			break
		}
		m.awaited[w.next] = true
		w.then, w.at = joinSleep, lendSlot
	case lendSlot:
		m.active--
		w.at = lendLook
	case lendLook:
		w.at = lendHungry
		if m.offers() {
			w.at = lendWake
		}
	case lendWake:
		m.wake(r)
		w.at = lendHungry
	case lendHungry:
		w.at = w.then
		if r.hungry(&m) && r.flaw != lendsSilently {
			m.askAll(i, w.then)
		}
	case askOne, askOneNow:
		v := &m.workers[w.victim]
		if w.at == askOne {
			if v.wanted {
				m.nextVictim(i)
			} else {
				v.asked = true
				w.at = askOneNow
			}
			break
		}
		v.wanted = true
		if w.then == beginWait {
			w.victim, w.then, w.at = 0, user, beginWait
			break
		}
		m.nextVictim(i)
	case joinSleep:
		if !w.token {
			return m, false
		}
		w.token = false
		w.at = takeSlot
	case takeSlot:
		m.active++
		w.then = user
		if w.next == 0 { // after Block
			w.at = user
			break
		}
		if m.tasks[w.next] != over {
			panic("a joiner goes on before its task has ended")
		}
		r.joined(&m, i)
	case blocked:
		w.next, w.at = 0, takeSlot
	case endLook:
		task := top.task
		w.offer = m.awaited[task]
		w.at = endNow
	case endNow:
		r.end(&m, i)
	case search:
		if m.over {
			m.active--
			w.at = gone
			break
		}
		for v := range m.workers {
			if v != i && m.workers[v].offers > 0 {
				m.enter(i, m.takeFirst(i, v), true)
				return m, true
			}
		}
		m.askAll(i, parkSlot)
	case parkSlot:
		if m.over {
			w.at = search
			break
		}
		if r.flaw == askedEarly && !w.offer {
			w.offer = true
			m.askAll(i, parkSlot)
			break
		}
		m.active--
		m.parked[i] = true
		w.at = parkHungry
	case parkHungry:
		w.at = parkSleep
		if r.hungry(&m) {
			w.at = parkLook
		}
	case parkLook:
		switch {
		case m.offers() && r.flaw != parkedBlindly:
			w.at = parkUndo
		case r.flaw == askedEarly:
			w.at = parkSleep
		default:
			m.askAll(i, parkSleep)
		}
	case parkUndo:
		if m.parked[i] {
			m.parked[i] = false
			m.active++
			w.at = search
			break
		}
		m.askAll(i, parkSleep)
	case parkSleep:
		if !w.token {
			return m, false
		}
		w.token, w.offer = false, false
		w.at = search
	case gone:
		return m, false
	}
	return m, true
}

// join does what Join does first.
func (r *modelRun) join(m *world, i int) {
	w := &m.workers[i]
	switch {
	case m.tasks[w.next] != private:
		w.at = takeBackNow
		if r.flaw == looseTakeBack {
			w.at = takeBackLook
		}
	case w.wanted:
		m.tasks[w.next] = taken // popped
		w.then, w.at = endNow, clear_
	default:
		m.enter(i, w.next, false)
	}
}

// joined goes on behind a join.
func (r *modelRun) joined(m *world, i int) {
	w := &m.workers[i]
	w.frames[w.depth-1].pc++
	w.next, w.at = 0, user
}

// leave ends the innermost frame of a worker.
func (r *modelRun) leave(m *world, i int) {
	w := &m.workers[i]
	top := w.frames[w.depth-1]
	switch {
	case top.job && r.flaw == looseEnd:
		w.at = endLook
	case top.job:
		r.end(m, i)
	case w.depth == 1: // the root
		w.frames[0], w.depth, w.at = modelFrame{}, 0, gone
		m.over = true
		for h, p := range m.parked {
			if p {
				m.parked[h] = false
				m.workers[h].token = true
				m.active++
			}
		}
	default: // a plain call
		w.depth--
		w.frames[w.depth] = modelFrame{}
		m.tasks[top.task] = over
		r.joined(m, i)
	}
}

// end ends a task that was taken from a shelf.
func (r *modelRun) end(m *world, i int) {
	w := &m.workers[i]
	task := w.frames[w.depth-1].task
	awaited := m.awaited[task]
	if r.flaw == looseEnd {
		awaited, w.offer = w.offer, false
	}
	m.tasks[task] = over
	if awaited {
		m.workers[m.owner[task]].token = true
	}
	w.depth--
	w.frames[w.depth] = modelFrame{}
	w.next, w.at = 0, search
	if w.depth > 0 { // a leapfrog: back to what it waits for
		f := w.frames[w.depth-1]
		w.next, w.at = r.program[f.task][f.pc].child, checkEnd
	}
}

// resting reports whether no worker is inside of the protocol.
func (m *world) resting() bool {
	for _, w := range m.workers {
		switch w.at {
		case user, blocked, gone:
		case joinSleep, parkSleep:
			if w.token {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// check is what holds between the steps of the protocol.
func (r *modelRun) check(m *world) error {
	if !m.resting() || m.over {
		return nil
	}
	free := r.hungry(m) && slices.Contains(m.parked[:], true)
	for i := range m.workers {
		w := &m.workers[i]
		if w.at == blocked && m.oldest(i) >= 0 {
			return errors.New("a blocked worker keeps records to itself")
		}
		if free && w.offers > 0 {
			return errors.New("there is an offer and a free slot, and nobody comes")
		}
		if free && w.at == user && m.oldest(i) >= 0 && !w.wanted {
			return errors.New("there are private records and a free slot, and nobody asks")
		}
	}
	return nil
}

func (r *modelRun) explore(m world) (err error) {
	if r.seen[m] {
		return nil
	}
	r.seen[m] = true
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%v\n%+v", v, m)
		}
	}()
	if err := r.check(&m); err != nil {
		return fmt.Errorf("%w\n%+v", err, m)
	}
	moved := false
	for _, i := range []int{1, 0, 2} { // in this order the flaws are found soon
		if after, ok := r.next(m, i); ok {
			moved = true
			if err := r.explore(after); err != nil {
				return err
			}
		}
	}
	if moved {
		return nil
	}
	for task := range r.program {
		if m.runs[task] != 1 {
			return fmt.Errorf("task %d ran %d times\n%+v", task, m.runs[task], m)
		}
	}
	for i, w := range m.workers {
		if w.at != gone {
			return fmt.Errorf("worker %d waits for ever\n%+v", i, m)
		}
	}
	return nil
}

// modelCheck returns the number of worlds, and what is wrong with one of them.
func modelCheck(p program, limit int8, f flaw) (int, error) {
	r := &modelRun{program: p, flaw: f, limit: limit, seen: map[world]bool{}}
	start := world{active: 1}
	start.enter(0, 0, false)
	start.workers[0].wanted = true
	for i := 1; i < modelWorkers; i++ {
		start.parked[i] = true
		start.workers[i].at = parkSleep
	}
	err := r.explore(start)
	return len(r.seen), err
}

func TestModel(t *testing.T) {
	for _, c := range cases {
		if c.large && !*long {
			continue
		}
		worlds, err := modelCheck(c.program, c.slots, sound)
		t.Logf("%s, %d slots: %d worlds", c.name, c.slots, worlds)
		if err != nil {
			t.Errorf("%s, %d slots: %v", c.name, c.slots, err)
		}
	}
}

func TestModelFindsFlaws(t *testing.T) {
	seldom := []flaw{askedEarly, helpsAnybody, helpsTheThief} // found after many worlds
	for f := sound + 1; f < flaws; f++ {
		if slices.Contains(seldom, f) && !*long {
			continue
		}
		if !findFlaw(t, f) {
			t.Errorf("flaw %d is not found", f)
		}
	}
}

func findFlaw(t *testing.T, f flaw) bool {
	for _, c := range cases {
		worlds, err := modelCheck(c.program, c.slots, f)
		if err == nil {
			continue
		}
		what, _, _ := strings.Cut(err.Error(), "\n")
		t.Logf("flaw %d: %s, %d slots, world %d: %s", f, c.name, c.slots, worlds, what)
		return true
	}
	return false
}
