package masterworker

import (
	"container/heap"
	"errors"
	"flag"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	seeds = flag.Int("seeds", 2000, "simulation: how many seeds to try")
	seed  = flag.Uint64("seed", 0, "simulation: the only seed to try, and tell all that happens")
)

// A simulation is a master, workers and clients whose time is a number and whose
// network and disk are as bad as chance will have it: messages are lost, late,
// and come twice; workers die, stand still, come back and report what nobody
// waits for any more; the master dies and begins anew from its journal. The
// master is the machine that Master drives, with its journal's entries; the rest is made here
// of events, drawn from one seed.
//
// What must hold is checked by an oracle, which keeps books of its own.
type simulation struct {
	*rand.Rand
	flaw   flaw
	tells  bool // what happens
	now    moment
	events events
	rules  Rules[int, int]
	faults faults
	calm   bool // no more faults

	// the master; nil when it is down
	m          *machine[int, int]
	life       int // which one it is
	disk       map[string][]byte
	noted      uint64
	written    uint64
	committing bool
	replies    []simReply // that wait for the disk

	jobs    []*simJob
	workers []*simWorker
	oracle  oracle
	steps   int
	drawn   int // events
	alarm   moment
}

// flaw is a mistake to seed, so that the simulation can be seen to find it. All
// are made between the machine and its surroundings.
type flaw string

const (
	sound          flaw = ""
	ackTooEarly    flaw = "the master answers before the journal has written"
	entryLost      flaw = "the journal loses an entry of a batch"
	noFence        flaw = "a report counts whatever its token"
	tokensAgain    flaw = "tokens begin anew after a restart"
	keysIgnored    flaw = "a job submitted twice is two jobs"
	deathUnnoticed flaw = "no lease ever ends"
	hasty          flaw = "leases are shorter than workers are told"
	leasesLost     flaw = "jobs at workers are given away by a restart"
	triesForgotten flaw = "tries are not counted over a restart"
	noAgeing       flaw = "priorities do not age"
	secondResult   flaw = "a job that is done is begun anew by a restart"
)

var flaws = []flaw{ackTooEarly, entryLost, noFence, tokensAgain, keysIgnored, deathUnnoticed, hasty, leasesLost, triesForgotten, noAgeing, secondResult}

// faults are how likely what goes wrong is, in a thousandth.
type faults struct {
	lose, double int // a message
	die, halt    int // a worker, when it gets a job or begins a beat
	crash        int // the master, at an event
	fail         int // a try

	delay   moment // of a message, at most
	sojourn moment // of a job at the step, at most
	until   moment // when all of that ends
}

// kind is what happens when a worker tries a job.
type kind uint8

const (
	good kind = iota
	bad
	permanentlyBad
	deadly   // its worker dies
	hanging  // it never ends
	unwanted // somebody cancels it
)

type simJob struct {
	number   int
	key      string
	priority int
	kind     kind
	acked    bool
	asks     int
}

type simReply struct {
	needs uint64
	send  func()
}

type simWorker struct {
	name   string
	life   int // which of its processes it is
	alive  bool
	begun  bool   // it has registered
	halted moment // it does nothing until then
	slots  int
	tries  map[Token]*simTry
	asks   int
}

type simTry struct {
	token   Token
	job     *simJob
	outcome *Outcome[int] // once it is over
}

type event struct {
	at  moment
	seq int
	do  func()
}

// events is a heap of what will happen, the next first.
type events []*event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].seq < e[j].seq
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(*event)) }
func (e *events) Pop() any {
	n := len(*e) - 1
	last := (*e)[n]
	(*e)[n] = nil
	*e = (*e)[:n]
	return last
}

const (
	simMS     = moment(time.Millisecond)
	simSecond = moment(time.Second)
)

func newSimulation(seed uint64, f flaw) *simulation {
	s := &simulation{Rand: rand.New(rand.NewPCG(seed, 1)), flaw: f, disk: map[string][]byte{}}
	pick := func(n ...int) int { return n[s.IntN(len(n))] }
	s.faults = faults{
		lose: pick(0, 10, 100, 300), double: pick(0, 10, 200),
		die: pick(0, 5, 50), halt: pick(0, 5, 50), crash: pick(0, 1, 10), fail: pick(0, 100, 500),
		delay: moment(pick(1, 10, 200)) * simMS, sojourn: moment(pick(1, 100, 2000)) * simMS,
		until: moment(pick(5, 20, 60)) * simSecond,
	}
	s.rules = Rules[int, int]{
		Lease: time.Duration(pick(1, 3, 10)) * time.Second, Tries: pick(1, 3, 10, 30), Room: pick(3, 20, 100), Ageing: time.Duration(pick(1, 1000)) * time.Millisecond,
	}
	if s.IntN(3) == 0 {
		s.rules.Timeout = 2 * s.rules.Lease
	}
	if s.IntN(4) > 0 || f != sound {
		s.rules.Journal = onDisk{}
	} else {
		s.faults.crash = 0
	}
	s.rules.fill()
	s.oracle = newOracle(s)
	for i := range 5 + s.IntN(25) {
		s.jobs = append(s.jobs, s.newJob(i))
	}
	for i := range 1 + s.IntN(4) {
		s.workers = append(s.workers, &simWorker{name: fmt.Sprintf("w%d", i), slots: 1 + s.IntN(3)})
	}
	return s
}

// onDisk says that there is a journal; the simulation is the one that writes.
type onDisk struct{ Journal }

func (s *simulation) newJob(i int) *simJob {
	j := &simJob{number: i, key: fmt.Sprintf("k%d", i)}
	if s.IntN(2) == 0 {
		j.priority = s.IntN(5) - 2
	}
	switch s.IntN(20) {
	case 0:
		j.kind = bad
	case 1:
		j.kind = permanentlyBad
	case 2:
		j.kind = deadly
	case 3:
		if s.rules.Timeout > 0 {
			j.kind = hanging
		}
	case 4:
		j.kind = unwanted
	}
	return j
}

// run simulates until all jobs are settled, and returns what was wrong.
func (s *simulation) run() (wrong string) {
	defer func() {
		if v := recover(); v != nil {
			w, ok := v.(violation)
			if !ok {
				panic(v)
			}
			wrong = fmt.Sprintf("at %v: %s", time.Duration(s.now), string(w))
		}
	}()
	s.now = simSecond
	s.begin()
	for _, j := range s.jobs {
		s.after(s.IntNMoment(5*simSecond), func() { s.submit(j) })
	}
	for _, w := range s.workers {
		s.after(s.IntNMoment(simSecond), func() { s.start(w) })
	}
	s.dropLetters()
	s.after(s.faults.until, func() {
		s.calm = true
		s.bringBack()
	})
	const end = 4000 * simSecond // with 30 tries of 10 seconds' leases
	for len(s.events) > 0 && s.now < end && !s.finished() {
		e := heap.Pop(&s.events).(*event)
		s.now = e.at
		s.steps++
		e.do()
	}
	s.oracle.atEnd()
	return ""
}

type violation string

func (s *simulation) violate(format string, args ...any) {
	panic(violation(fmt.Sprintf(format, args...)))
}

func (s *simulation) tell(format string, args ...any) {
	if s.tells {
		fmt.Printf("%12v  %s\n", time.Duration(s.now), fmt.Sprintf(format, args...))
	}
}

func (s *simulation) IntNMoment(n moment) moment { return moment(s.Int64N(int64(n) + 1)) }

func (s *simulation) chance(thousandths int) bool { return !s.calm && s.IntN(1000) < thousandths }

func (s *simulation) after(d moment, do func()) {
	s.drawn++
	heap.Push(&s.events, &event{s.now + d, s.drawn, do})
}

// send lets a message arrive: later, never, or twice.
func (s *simulation) send(arrive func()) {
	if !s.chance(s.faults.lose) {
		s.after(s.IntNMoment(s.faults.delay), arrive)
	}
	if s.chance(s.faults.double) {
		s.after(s.IntNMoment(5*simSecond), arrive)
	}
}

// --- the master

func (s *simulation) begin() {
	s.life++
	s.m = newMachine(&s.rules, func(most moment) moment { return s.IntNMoment(most) })
	rules := s.rules
	switch s.flaw {
	case hasty:
		rules.Lease /= 4
	case deathUnnoticed:
		rules.Lease *= 1000
	case noAgeing:
		rules.Ageing *= 1000
	}
	s.m.rules = &rules
	if err := s.m.load(s.now, s.entries()); err != nil {
		s.violate("load: %v", err)
	}
	s.tell("master %d begins with %v", s.life, s.m.in)
	s.oracle.restarted()
	s.settleDown()
}

// entries are what the disk has.
func (s *simulation) entries() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		var keys []string
		for k := range s.disk {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			v := slices.Clone(s.disk[k])
			if strings.HasPrefix(k, stateEntry) {
				switch state, tries := &v[1], &v[3]; {
				case s.flaw == leasesLost && State(*state) == Leased:
					*state = byte(Queued)
				case s.flaw == triesForgotten:
					*tries = min(*tries, 1)
				case s.flaw == secondResult && State(*state) == Done:
					*state = byte(Queued)
				}
			}
			if s.flaw == tokensAgain && k == numbersEntry {
				v[2] = 1
				v = v[:3]
			}
			if !yield(Entry{k, v}, nil) {
				return
			}
		}
	}
}

func (s *simulation) crash() {
	s.tell("master %d dies", s.life)
	s.m, s.replies, s.committing, s.alarm = nil, nil, false, 0
	s.written = s.noted // of the next one
	s.after(s.IntNMoment(2*simSecond), s.begin)
}

// onMaster lets an event happen at the master, if there is one.
func (s *simulation) onMaster(do func(*machine[int, int])) {
	if s.m == nil {
		return
	}
	if s.chance(s.faults.crash) {
		s.crash()
		return
	}
	do(s.m)
	s.settleDown()
}

func (s *simulation) settleDown() {
	m := s.m
	s.oracle.look(m)
	for _, w := range m.changes.news {
		w.listed = false
	}
	unsaved := m.changes.unsaved
	m.changes = changes[int, int]{unsaved: unsaved}
	if len(unsaved) > 0 {
		s.noted++
	}
	s.commit()
	s.setTimer()
}

// setTimer is that of the Master.
func (s *simulation) setTimer() {
	at, any := s.m.next()
	if !any || s.alarm != 0 && s.alarm <= at {
		return
	}
	s.alarm = at
	late := s.IntNMoment(100 * simMS) // as timers are
	s.after(max(0, at-s.now)+late, func() {
		if s.alarm == at {
			s.alarm = 0
			s.onMaster(func(m *machine[int, int]) { m.pass(s.now) })
		}
	})
}

// commit writes what there is, as the scribe does.
func (s *simulation) commit() {
	s.answer()
	if s.committing || len(s.m.changes.unsaved) == 0 {
		return
	}
	s.committing = true
	batch, upTo, life := s.m.save(), s.noted, s.life
	if s.flaw == entryLost && len(batch) > 1 {
		i := s.IntN(len(batch) - 1)
		batch = slices.Delete(batch, i, i+1)
	}
	s.after(s.IntNMoment(20*simMS), func() {
		if life != s.life || s.m == nil {
			if s.IntN(2) == 0 && life == s.life { // it died meanwhile: all or nothing
				s.write(batch)
			}
			return
		}
		s.write(batch)
		s.committing, s.written = false, upTo
		s.commit()
	})
}

func (s *simulation) write(batch []Entry) {
	for _, e := range batch {
		if e.Value == nil {
			delete(s.disk, e.Key)
		} else {
			s.disk[e.Key] = slices.Clone(e.Value)
		}
	}
	s.oracle.written(batch)
}

// reply sends an answer when everything that was noted is written.
func (s *simulation) reply(send func()) {
	needs := s.noted
	if len(s.m.changes.unsaved) > 0 {
		needs++ // what this event has changed is noted in a moment
	}
	if s.flaw == ackTooEarly {
		needs = 0
	}
	s.replies = append(s.replies, simReply{needs, send})
}

func (s *simulation) answer() {
	for len(s.replies) > 0 && (s.replies[0].needs <= s.written || s.rules.Journal == nil) {
		r := s.replies[0]
		s.replies = s.replies[1:]
		r.send()
	}
}

// --- clients

func (s *simulation) submit(j *simJob) {
	if j.acked {
		return
	}
	j.asks++
	terms := Terms{Key: j.key, Priority: j.priority}
	s.send(func() {
		s.onMaster(func(m *machine[int, int]) {
			if full, _ := m.full(); full && m.keys[j.key] == nil {
				return
			}
			if s.flaw == keysIgnored {
				terms.Key = fmt.Sprint(j.key, "/", s.steps)
			}
			in, _ := JSON[int]{}.Encode(j.number)
			got := m.submit(s.now, terms, j.number, in)
			s.oracle.numbers[got.id] = j.number
			s.reply(func() {
				s.oracle.accepted(j, got.id)
				s.send(func() { s.acked(j) })
			})
		})
	})
	s.after(simSecond+s.IntNMoment(simSecond), func() { s.submit(j) })
}

func (s *simulation) acked(j *simJob) {
	if j.acked {
		return
	}
	j.acked = true
	s.tell("job %d is accepted", j.number)
	if j.kind == unwanted {
		s.after(s.IntNMoment(5*simSecond), func() { s.cancel(j) })
	}
}

func (s *simulation) cancel(j *simJob) {
	s.onMaster(func(m *machine[int, int]) {
		if got := m.keys[j.key]; got != nil && m.cancel(s.now, got) {
			s.oracle.cancelled(j.number)
		}
	})
}

// dropLetters takes dead letters, so that there is room again.
func (s *simulation) dropLetters() {
	s.onMaster(func(m *machine[int, int]) {
		for m.dead.first != nil {
			m.drop(m.dead.first)
		}
	})
	s.after(7*simSecond, s.dropLetters)
}

// bringBack lets workers begin again that faults have ended.
func (s *simulation) bringBack() {
	for _, w := range s.workers {
		if !w.alive {
			s.start(w)
		}
	}
}

func (s *simulation) finished() bool {
	if s.m == nil || !s.calm || s.m.unfinished() > 0 || s.committing {
		return false
	}
	return !slices.ContainsFunc(s.jobs, func(j *simJob) bool { return !j.acked })
}

// --- workers

func (s *simulation) start(w *simWorker) {
	w.life++
	w.alive, w.begun, w.tries = true, false, map[Token]*simTry{}
	s.tell("%s begins", w.name)
	s.register(w, w.life)
}

func newSimAsk(w *simWorker) uint64 {
	w.asks++
	return uint64(w.asks)
}

func (s *simulation) die(w *simWorker) {
	s.tell("%s dies", w.name)
	w.alive = false
	if s.calm { // a deadly job: somebody starts it again
		s.after(simSecond, func() { s.start(w) })
	} else if s.IntN(2) == 0 {
		s.after(s.IntNMoment(20*simSecond), func() {
			if !w.alive {
				s.start(w)
			}
		})
	}
}

// at runs something at a worker: later if it stands still, never if it has died.
func (s *simulation) at(w *simWorker, life int, do func()) {
	switch {
	case !w.alive || w.life != life:
	case s.now < w.halted:
		s.after(w.halted-s.now, func() { s.at(w, life, do) })
	default:
		do()
	}
}

// register tells that the worker begins, until there is an answer. Then it does.
func (s *simulation) register(w *simWorker, life int) {
	s.at(w, life, func() {
		if w.begun {
			return
		}
		s.send(func() {
			s.onMaster(func(m *machine[int, int]) {
				s.oracle.registered(w.name)
				m.register(s.now, Hello{Worker: w.name, Life: uint64(life)})
				s.reply(func() { s.send(func() { s.at(w, life, func() { s.welcome(w, life) }) }) })
			})
		})
		s.after(simSecond, func() { s.register(w, life) })
	})
}

func (s *simulation) welcome(w *simWorker, life int) {
	if w.begun {
		return
	}
	w.begun = true
	for range w.slots {
		s.pull(w, life, newSimAsk(w), false)
	}
	s.beat(w, life)
}

// leave lets a worker go without a mishap. What it has in hands it drops.
func (s *simulation) leave(w *simWorker) {
	s.tell("%s leaves", w.name)
	s.die(w)
	life := uint64(w.life)
	s.send(func() {
		s.onMaster(func(m *machine[int, int]) {
			s.oracle.left(w.name, life)
			m.register(s.now, Hello{Worker: w.name, Life: life, Leaves: true})
		})
	})
}

func (s *simulation) pull(w *simWorker, life int, ask uint64, again bool) {
	s.at(w, life, func() {
		answered := false
		s.send(func() {
			s.onMaster(func(m *machine[int, int]) {
				var buf [1]*job[int, int]
				n := m.pull(s.now, w.name, ask, again, buf[:])
				if n == 0 {
					s.oracle.nothing(w.name)
					s.reply(func() {
						s.send(func() {
							s.at(w, life, func() {
								if !answered {
									answered = true
									s.after(s.IntNMoment(2*simSecond), func() { s.pull(w, life, newSimAsk(w), false) })
								}
							})
						})
					})
					return
				}
				j := buf[0]
				token := j.token
				number := j.in
				s.oracle.granted(j, w.name)
				s.reply(func() {
					s.oracle.told(token, number)
					s.send(func() {
						s.at(w, life, func() {
							if !answered {
								answered = true
								s.try(w, life, token, s.jobs[number])
							}
						})
					})
				})
			})
		})
		s.after(2*simSecond, func() {
			s.at(w, life, func() {
				if !answered {
					answered = true // what comes now is ignored
					s.pull(w, life, ask, true)
				}
			})
		})
	})
}

func (s *simulation) try(w *simWorker, life int, token Token, j *simJob) {
	if w.tries[token] != nil {
		return // the same answer twice
	}
	s.tell("%s tries job %d by token %d", w.name, j.number, token)
	t := &simTry{token: token, job: j}
	w.tries[token] = t
	if s.mishap(w) {
		return
	}
	takes := s.IntNMoment(s.faults.sojourn)
	switch {
	case j.kind == deadly:
		s.after(takes, func() { s.at(w, life, func() { s.die(w) }) })
		return
	case j.kind == hanging:
		return
	}
	s.after(takes, func() {
		s.at(w, life, func() {
			if w.tries[token] != t {
				return // it has lost the lease, and stopped
			}
			o := &Outcome[int]{Token: token, Out: int(token)}
			switch {
			case j.kind == bad || s.chance(s.faults.fail):
				o.Err = errors.New("bad")
			case j.kind == permanentlyBad:
				o.Err, o.Permanent = errors.New("bad"), true
			case s.chance(20):
				o.GaveBack = true
			}
			t.outcome = o
			s.report(w, life, t)
			s.after(s.IntNMoment(50*simMS), func() { s.pull(w, life, newSimAsk(w), false) })
		})
	})
}

// mishap lets a worker die or stand still.
func (s *simulation) mishap(w *simWorker) bool {
	if s.chance(s.faults.die) {
		if s.IntN(3) == 0 {
			s.leave(w)
		} else {
			s.die(w)
		}
		return true
	}
	if s.chance(s.faults.halt) {
		w.halted = s.now + s.IntNMoment(3*moment(s.rules.Lease))
		s.tell("%s stands still until %v", w.name, time.Duration(w.halted))
	}
	return false
}

// report tells the outcome until there is an answer.
func (s *simulation) report(w *simWorker, life int, t *simTry) {
	if w.tries[t.token] != t {
		return
	}
	s.send(func() {
		s.onMaster(func(m *machine[int, int]) {
			token := t.token
			if s.flaw == noFence {
				if j := m.keys[t.job.key]; j != nil && j.state == Leased {
					token = j.token
				}
			}
			if m.report(s.now, token, *t.outcome, fmt.Append(nil, t.outcome.Out)) {
				s.oracle.reported(t.job.number, t.token, *t.outcome)
			}
			s.reply(func() {
				s.send(func() { s.at(w, life, func() { delete(w.tries, t.token) }) })
			})
		})
	})
	s.after(simSecond, func() { s.at(w, life, func() { s.report(w, life, t) }) })
}

func (s *simulation) beat(w *simWorker, life int) {
	s.at(w, life, func() {
		if s.mishap(w) {
			return
		}
		var holds []Held
		for t := range w.tries {
			holds = append(holds, Held{Token: t})
		}
		slices.SortFunc(holds, func(a, b Held) int { return int(a.Token) - int(b.Token) })
		s.send(func() {
			s.onMaster(func(m *machine[int, int]) {
				lost := m.beat(s.now, w.name, holds)
				s.oracle.beaten(w.name, holds, lost)
				s.send(func() { s.at(w, life, func() { s.lose(w, life, lost) }) })
			})
		})
		s.after(moment(s.rules.Lease)/3, func() { s.beat(w, life) })
	})
}

// lose stops tries, mostly: some steps do not care.
func (s *simulation) lose(w *simWorker, life int, lost []Token) {
	for _, token := range lost {
		t := w.tries[token]
		if t == nil || t.outcome == nil && t.job.kind != hanging && s.IntN(3) == 0 {
			continue
		}
		delete(w.tries, token)
		if t.outcome == nil {
			s.pull(w, life, newSimAsk(w), false)
		}
	}
}

func TestSimulation(t *testing.T) {
	if *seed != 0 {
		s := newSimulation(*seed, sound)
		s.tells = true
		if wrong := s.run(); wrong != "" {
			t.Error(wrong)
		}
		return
	}
	events := 0
	if testing.Short() {
		*seeds = min(*seeds, 200)
	}
	for i := range uint64(*seeds) {
		s := newSimulation(i+1, sound)
		if wrong := s.run(); wrong != "" {
			t.Fatalf("seed %d: %s\nagain, with all that happens: go test -run TestSimulation -seed %d", i+1, wrong, i+1)
		}
		events += s.steps
	}
	t.Logf("%d seeds, %d events", *seeds, events)
}

// A simulation that finds nothing proves nothing: each seeded flaw must be found.
func TestSimulationFindsFlaws(t *testing.T) {
	const most = 400
	for _, f := range flaws {
		found := ""
		for i := uint64(1); i <= most && found == ""; i++ {
			if found = newSimulation(i, f).run(); found != "" {
				t.Logf("%s: seed %d: %s", f, i, found)
			}
		}
		if found == "" {
			t.Errorf("not found by %d seeds: %s", most, f)
		}
	}
}
