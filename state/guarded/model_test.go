package guarded

import (
	"fmt"
	"testing"
)

// The model runs a few goroutines through every interleaving of the two locks:
// readers and writers of a sharing lock, holders of a Gate. One step is one atomic
// operation, or one critical section of the park.Line, of which only what its
// DESIGN.md promises is written down here (its own model is beside it). A world
// is a value that can be compared, so worlds that were seen are a map.
//
// Whatever the order, writers and holders are alone, and everybody gets in or
// gives up: nobody is left parked, and no reader waits for readers alone.

const most = 4 // goroutines in a world

type kind uint8

const (
	none kind = iota
	reader
	writer
	holder // of the Gate
)

// flaw is a mistake to seed, so that the model can be seen to find it.
type flaw uint8

const (
	sound           flaw = iota
	readerKeepsTurn      // a reader that was called does not call the next
	silentWriter         // a writer that gives up calls nobody
	alwaysBehind         // a reader that was called still stands behind waiting writers
	barging              // a writer does not look for readers
	gateUncounted        // a goroutine waits at the Gate without being counted
	gateQuiet            // who leaves the Gate calls nobody
)

// at is where a goroutine is: what its next step does.
type at uint8

const (
	ctxFirst at = iota
	open
	look
	fast
	count
	join
	ctxInLine
	lookInLine
	try
	parked
	ctxWoken
	rejoin
	leaveLine
	uncount
	has // is inside
	leave
	leaveSlowly
	wake
	call
	unpark
	end
)

type lineState uint8

const (
	out lineState = iota
	inLine
	called
)

type proc struct {
	kind      kind
	at, then  at // then is where it goes on after waking others
	line      lineState
	token     bool
	blind     bool
	starves   bool
	woken     bool // its try follows a token
	wasCalled bool // a reader's: its turn has come
	lost      bool // to newcomers once, which is the patience here
	gaveUp    bool
	mayCancel bool
	cancelled bool
	ticket    int8
	called    [most]bool // by it, to be unparked
}

type world struct {
	readers, writers int8
	gate             int8
	starving         int8
	tickets          int8
	procs            [most]proc
}

func (w *world) first() int {
	first := -1
	for i, p := range w.procs {
		if p.line == inLine && (first < 0 || p.ticket < w.procs[first].ticket) {
			first = i
		}
	}
	return first
}

// wakeFirst is the section in which n are taken out of the line.
func (w *world) wakeFirst(by, n int) {
	for ; n > 0 && w.first() >= 0; n-- {
		i := w.first()
		w.procs[i].line = called
		w.procs[by].called[i] = true
	}
}

// try is the real thing, on the numbers of this world.
func (w *world) try(k kind, f flaw) bool {
	switch k {
	case holder:
		if w.gate&1 != 0 {
			return false
		}
		w.gate |= 1
		return true
	case writer:
		if f == barging {
			w.readers = -1
			return true
		}
	}
	var s sharing
	s.readers.Store(int64(w.readers))
	ok := k == reader && s.tryRead() || k == writer && s.tryWrite()
	w.readers = int8(s.readers.Load())
	return ok
}

// next returns the worlds that a step of goroutine i may lead to; none if it is
// blocked or has ended.
func (w world) next(i int, f flaw) []world {
	p := &w.procs[i]
	switch p.at {
	case parked:
		return w.unparked(i)
	case unpark:
		return w.unparkOne(i)
	case leaveLine:
		if p.line == called && !p.token {
			return nil // it comes in a moment
		}
		w.leaveLine(i)
	case end:
		return nil
	default:
		w.step(i, f)
	}
	return []world{w}
}

// unparked are both branches of the select.
func (w world) unparked(i int) (next []world) {
	if w.procs[i].token {
		w := w
		p := &w.procs[i]
		p.token, p.line, p.blind, p.at = false, out, false, ctxWoken
		next = append(next, w)
	}
	if w.procs[i].cancelled {
		w.procs[i].gaveUp, w.procs[i].at = true, leaveLine
		next = append(next, w)
	}
	return next
}

// unparkOne leaves a token with any of those called.
func (w world) unparkOne(i int) (next []world) {
	for j, yes := range w.procs[i].called {
		if yes {
			w := w
			w.procs[i].called[j], w.procs[j].token = false, true
			next = append(next, w)
		}
	}
	if next == nil {
		w.procs[i].at = w.procs[i].then
		next = append(next, w)
	}
	return next
}

func (w *world) leaveLine(i int) {
	p := &w.procs[i]
	n := 0
	if p.line == called {
		p.token, n = false, 1
	}
	p.line = out
	if p.starves {
		p.starves = false
		if w.starving--; w.starving == 0 {
			n = most
		}
	}
	w.wakeFirst(i, n)
	p.at, p.then = unpark, uncount
}

func (w *world) step(i int, f flaw) {
	p := &w.procs[i]
	switch p.at {
	case ctxFirst:
		p.at = open
		if p.cancelled {
			p.at = end
		} else if p.kind == holder {
			p.at = fast // TryEnter looks at nothing but the state
		}
	case open:
		p.at = count
		if w.starving == 0 {
			p.at = map[kind]at{reader: look, writer: fast, holder: try}[p.kind]
		}
	case look:
		p.at = count
		if w.writers == 0 {
			p.at = fast
		}
	case fast:
		switch {
		case p.kind == holder && w.gate == 0:
			w.gate, p.at = 1, has
		case p.kind == holder:
			p.at = count
		case w.try(p.kind, f):
			p.at = has
		default:
			p.at = count
		}
	case count:
		p.at = join
		switch {
		case p.kind == writer:
			w.writers++
		case p.kind == holder && f != gateUncounted:
			w.gate += 2
		}
	case join:
		w.tickets++
		p.ticket, p.line, p.blind, p.at = w.tickets, inLine, w.starving > 0, ctxInLine
	case ctxInLine:
		p.woken = false
		switch {
		case p.cancelled:
			p.gaveUp, p.at = true, leaveLine
		case p.blind:
			p.at = parked
		default:
			p.at = lookInLine
		}
	case ctxWoken:
		p.woken, p.at = true, lookInLine
		if p.cancelled {
			p.gaveUp, p.at, p.then = true, wake, leaveLine
		}
	case lookInLine:
		p.at = try
		if p.kind == reader && w.writers != 0 && (!p.wasCalled || f == alwaysBehind) {
			p.fail()
		}
	case try:
		if w.try(p.kind, f) {
			p.at = leaveLine
		} else {
			p.fail()
		}
	case rejoin:
		if p.lost && !p.starves {
			p.starves = true
			w.starving++
		}
		p.lost, p.line, p.at = true, inLine, ctxInLine
	case uncount:
		w.uncount(i, f)
	case has:
		p.at = leave
	case leave:
		w.leave(i, f)
	case leaveSlowly:
		p.at = end
		if w.gate--; w.gate != 0 && f != gateQuiet {
			p.at, p.then = wake, end
		}
	case wake:
		p.at = p.then
		if w.first() >= 0 {
			p.at = call
		}
	case call:
		w.wakeFirst(i, 1)
		p.at = unpark
	}
}

func (p *proc) fail() {
	p.wasCalled, p.at = true, parked
	if p.woken {
		p.at = rejoin
	}
}

// uncount is what follows on the Wait.
func (w *world) uncount(i int, f flaw) {
	p := &w.procs[i]
	p.at = has
	if p.gaveUp {
		p.at = end
	}
	switch p.kind {
	case reader:
		if !p.gaveUp && f != readerKeepsTurn {
			p.at, p.then = wake, has
		}
	case writer:
		w.writers--
		if p.gaveUp && f != silentWriter {
			p.at, p.then = wake, end
		}
	case holder:
		if f != gateUncounted {
			w.gate -= 2
		}
	}
}

func (w *world) leave(i int, f flaw) {
	p := &w.procs[i]
	p.at, p.then = wake, end
	switch p.kind {
	case reader:
		if w.readers--; w.readers != 0 {
			p.at = end
		}
	case writer:
		w.readers = 0
	case holder:
		p.at = leaveSlowly
		if w.gate == 1 {
			w.gate, p.at = 0, end
		}
	}
}

// wrong says what must not be.
func (w *world) wrong() string {
	var in [holder + 1]int
	for _, p := range w.procs {
		if p.at == has {
			in[p.kind]++
		}
	}
	switch {
	case in[writer] > 1 || in[holder] > 1:
		return "two are inside"
	case in[writer] == 1 && in[reader] > 0:
		return "a reader is beside a writer"
	}
	return ""
}

// held says who waits for no reason, while those inside stay and all others have
// done what they can.
func (w *world) held() string {
	for i, p := range w.procs {
		if p.kind == reader && p.at == parked && w.readers >= 0 && w.writers == 0 {
			return fmt.Sprintf("reader %d waits for readers alone: %+v", i, *w)
		}
	}
	return ""
}

// stuck says who waits though nobody can do anything any more.
func (w *world) stuck() string {
	for i, p := range w.procs {
		if p.kind != none && p.at != end {
			return fmt.Sprintf("goroutine %d is left at %d: %+v", i, p.at, *w)
		}
	}
	if w.readers != 0 || w.writers != 0 || w.gate != 0 || w.starving != 0 {
		return fmt.Sprintf("not as in the beginning: %+v", *w)
	}
	return ""
}

// explore walks through every reachable world. cancels says how many of the
// goroutines may be cancelled at any time.
func explore(kinds []kind, cancels int, f flaw) (worlds int, wrong string) {
	var start world
	for i := range start.procs {
		start.procs[i].at = end
	}
	for i, k := range kinds {
		start.procs[i] = proc{kind: k, mayCancel: i < cancels}
	}
	seen := map[world]bool{start: true}
	todo := []world{start}
	for len(todo) > 0 {
		w := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if s := w.wrong(); s != "" {
			return len(seen), s
		}
		var next, leaving []world
		for i := range w.procs {
			if w.procs[i].at == has {
				leaving = append(leaving, w.next(i, f)...)
			} else {
				next = append(next, w.next(i, f)...)
			}
		}
		if len(next) == 0 {
			if s := w.held(); s != "" {
				return len(seen), s
			}
		}
		next = append(next, leaving...)
		if len(next) == 0 {
			if s := w.stuck(); s != "" {
				return len(seen), s
			}
		}
		for i, p := range w.procs {
			if p.mayCancel && !p.cancelled && p.at != end {
				w := w
				w.procs[i].cancelled = true
				next = append(next, w)
			}
		}
		for _, n := range next {
			if !seen[n] {
				seen[n] = true
				todo = append(todo, n)
			}
		}
	}
	return len(seen), ""
}

func TestModel(t *testing.T) {
	for _, test := range []struct {
		kinds   []kind
		cancels int
	}{
		{[]kind{reader, writer, reader}, 0},
		{[]kind{writer, reader, writer}, 1},
		{[]kind{writer, reader, reader}, 1},
		{[]kind{reader, writer, reader}, 1},
		{[]kind{holder, holder, holder}, 1},
		{[]kind{holder, holder}, 2},
	} {
		worlds, wrong := explore(test.kinds, test.cancels, sound)
		t.Logf("%v, %d may be cancelled: %d worlds", test.kinds, test.cancels, worlds)
		if wrong != "" {
			t.Errorf("%v: %s", test.kinds, wrong)
		}
	}
}

// The model finds each mistake.
func TestModelFindsFlaws(t *testing.T) {
	for f, kinds := range map[flaw][]kind{
		readerKeepsTurn: {writer, reader, reader},
		silentWriter:    {writer, reader, reader},
		alwaysBehind:    {writer, reader, writer, reader},
		barging:         {reader, writer},
		gateUncounted:   {holder, holder},
		gateQuiet:       {holder, holder},
	} {
		if worlds, wrong := explore(kinds, 1, f); wrong == "" {
			t.Errorf("flaw %d not found in %d worlds", f, worlds)
		}
	}
}
