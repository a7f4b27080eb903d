package park

import (
	"fmt"
	"testing"
)

// The model runs a few goroutines through every interleaving of the protocol.
//
// What is atomic in the Line (join, rejoin, quit, call, a load of length or
// starving) is one step and runs the real code; so is a try, a token taken,
// an item put. Only the order of steps, which Wait and Wake have in program
// text, is written down again here: one method for each goroutine. A world is
// rebuilt by replaying its path, because the real Line cannot be copied.
//
// Whatever the order, in the end nobody may be parked while there is an item,
// and items put must equal items taken and left.

// flaw is a mistake to seed, so that the model can be seen to find it.
type flaw uint8

const (
	sound           flaw = iota
	noRetry              // a waiter parks without trying again after it has joined
	wakeBeforePut        // a producer looks for waiters before it puts its item
	tokenDropped         // a cancelled waiter keeps a token for itself
	calledDropped        // a waiter woken and cancelled at once does not pass the wake-up on
	blindForgotten       // who loses patience and is served does not wake those that stood back
	lostNotRejoined      // a waiter woken in vain parks without going back into line
)

type world struct {
	line      Line
	items     int
	put, took int
	cancelled []bool
	procs     []proc
	flaw      flaw
}

// A proc is a goroutine of the model. step does its next step and reports
// whether it could: false when it is blocked or has ended.
type proc interface {
	step(*world) bool
	state() string
	parked() bool
}

func (w *world) try() bool {
	if w.items == 0 {
		return false
	}
	w.items--
	w.took++
	return true
}

// caller has taken waiters out of the line, and gives them their tokens.
type caller struct{ called *waiter }

func (c *caller) unpark() (done bool) {
	w := c.called
	if w == nil {
		return true
	}
	c.called, w.next = w.next, nil
	unpark(w)
	return c.called == nil
}

// taker is a consumer: the fast path and Wait.
type taker struct {
	caller
	id   int
	at   string
	w    *waiter
	lost int
}

func (t *taker) state() string {
	if t.w == nil {
		return t.at
	}
	flags := []byte{byte(t.lost), byte(t.w.state), byte(len(t.w.token)), 0, byte(t.w.ticket)}
	if t.w.blind {
		flags[3] = 1
	}
	if t.w.starves {
		flags[3] |= 2
	}
	return t.at + string(flags)
}

func (t *taker) parked() bool { return t.at == "park" }

func (t *taker) step(w *world) bool {
	switch t.at {
	case "open":
		t.at = "fast"
		if !w.line.Open() {
			t.at = "join"
		}
	case "fast":
		t.at = "join"
		if w.try() {
			t.at = "end"
		}
	case "join":
		t.w, t.lost, t.at = w.line.join(), 1, "ctx"
	case "ctx":
		switch {
		case w.cancelled[t.id]:
			t.at = "leave"
		case t.w.blind || w.flaw == noRetry:
			t.at = "park"
		default:
			t.at = "try"
		}
	case "try":
		t.at = "park"
		if w.try() {
			t.at = "leave"
		}
	case "park":
		if len(t.w.token) == 0 {
			if !w.cancelled[t.id] {
				return false
			}
			t.at = "leave"
			break
		}
		t.w.Take()
		t.w.state, t.w.blind = out, false
		t.at = "woken"
	case "woken":
		t.at = "try-woken"
		if w.cancelled[t.id] {
			t.at = "wake"
			if w.flaw == calledDropped {
				t.at = "leave"
			}
		}
	case "try-woken":
		t.at = "rejoin"
		if w.try() {
			t.at = "leave"
		}
	case "rejoin":
		if w.flaw == lostNotRejoined {
			t.w.state, t.at = inLine, "park"
			break
		}
		w.line.rejoin(t.w, t.lost >= 1) // the shortest patience shows the most
		t.lost, t.at = 2, "ctx"
	case "wake":
		t.at = "leave"
		if w.line.Len() > 0 {
			t.at = "call"
		}
	case "call":
		t.called = w.line.call(1)
		t.at = "unpark, leave"
	case "unpark, leave":
		if t.unpark() {
			t.at = "leave"
		}
	case "leave":
		if t.w.state == called && len(t.w.token) == 0 {
			return false
		}
		switch {
		case w.flaw == tokenDropped && t.w.state == called:
			t.w.Take()
			t.w.state = out
		case w.flaw == blindForgotten && t.w.starves:
			t.w.starves = false
			w.line.starving.Add(-1)
		}
		t.called = w.line.quit(t.w)
		t.w, t.at = nil, "unpark"
	case "unpark":
		if t.unpark() {
			t.at = "end"
		}
	default:
		return false
	}
	return true
}

// putter puts one item and wakes.
type putter struct {
	caller
	at string
}

func (p *putter) state() string { return p.at }
func (p *putter) parked() bool  { return false }

func (p *putter) step(w *world) bool {
	switch p.at {
	case "put":
		w.items++
		w.put++
		p.at = "look"
		if w.flaw == wakeBeforePut {
			p.at = "end"
		}
	case "look":
		p.at = "end"
		if w.line.Len() > 0 {
			p.at = "call"
		} else if w.flaw == wakeBeforePut {
			p.at = "put"
		}
	case "call":
		p.called = w.line.call(1)
		p.at = "unpark"
	case "unpark":
		if p.unpark() {
			p.at = "end"
			if w.flaw == wakeBeforePut {
				p.at = "put"
			}
		}
	default:
		return false
	}
	return true
}

// canceller cancels the context of one taker.
type canceller struct {
	id   int
	done bool
}

func (c *canceller) state() string {
	if c.done {
		return "end"
	}
	return "cancel"
}

func (c *canceller) parked() bool { return false }

func (c *canceller) step(w *world) bool {
	if c.done {
		return false
	}
	c.done, w.cancelled[c.id] = true, true
	return true
}

func newWorld(takers, putters, cancelled int, f flaw) *world {
	w := &world{flaw: f, cancelled: make([]bool, takers)}
	for i := range takers {
		w.procs = append(w.procs, &taker{id: i, at: "open"})
	}
	for range putters {
		p := &putter{at: "put"}
		if f == wakeBeforePut {
			p.at = "look"
		}
		w.procs = append(w.procs, p)
	}
	for i := range cancelled {
		w.procs = append(w.procs, &canceller{id: i})
	}
	return w
}

// choice is which goroutine takes a step. With the select of a parked taker
// ready on both sides, second takes the branch of its context.
type choice struct {
	proc   int
	second bool
}

func (w *world) do(c choice) bool {
	if !c.second {
		return w.procs[c.proc].step(w)
	}
	t, ok := w.procs[c.proc].(*taker)
	if !ok || t.at != "park" || len(t.w.token) == 0 || !w.cancelled[t.id] {
		return false
	}
	t.at = "leave"
	return true
}

// fingerprint tells worlds apart by all that can decide what happens next.
func (w *world) fingerprint() string {
	b := []byte{byte(w.items), byte(w.line.starving.Load())}
	b = w.name(b, w.line.head)
	for _, p := range w.procs {
		b = append(b, p.state()...)
		switch p := p.(type) {
		case *taker:
			b = w.name(b, p.called)
		case *putter:
			b = w.name(b, p.called)
		}
	}
	return string(b)
}

// name appends who the waiters from first on are.
func (w *world) name(b []byte, first *waiter) []byte {
	for q := first; q != nil; q = q.next {
		for i, p := range w.procs {
			if t, ok := p.(*taker); ok && t.w == q {
				b = append(b, byte(i))
			}
		}
	}
	return append(b, ' ')
}

type explorer struct {
	start func() *world
	seen  map[string]bool
	path  []choice
	wrong string // about the first bad world
}

// explore walks through every reachable world and returns their number, and
// what is wrong in the first bad one.
func explore(takers, putters, cancelled int, f flaw) (worlds int, wrong string) {
	e := &explorer{start: func() *world { return newWorld(takers, putters, cancelled, f) }, seen: map[string]bool{}}
	e.visit(e.start())
	return len(e.seen), e.wrong
}

func (e *explorer) replay() *world {
	w := e.start()
	for _, c := range e.path {
		w.do(c)
	}
	return w
}

// visit walks on from w, which e.path leads to.
func (e *explorer) visit(w *world) {
	key := w.fingerprint()
	if e.seen[key] || e.wrong != "" {
		return
	}
	e.seen[key] = true
	final, procs := true, len(w.procs)
	for i := range 2 * procs {
		c := choice{proc: i / 2, second: i%2 == 1}
		if w == nil {
			w = e.replay()
		}
		if w.do(c) { // a goroutine that is blocked changes nothing
			final = false
			e.path = append(e.path, c)
			e.visit(w)
			e.path = e.path[:len(e.path)-1]
			w = nil
		}
	}
	if final {
		e.wrong = w.verdict()
	}
}

// verdict says what is wrong with a world in which nobody can take a step.
func (w *world) verdict() string {
	for i, p := range w.procs {
		if p.parked() && w.items > 0 {
			return fmt.Sprintf("goroutine %d is parked with %d items there: %q", i, w.items, w.fingerprint())
		}
	}
	if w.put != w.took+w.items {
		return fmt.Sprintf("put %d, took %d, left %d", w.put, w.took, w.items)
	}
	if w.line.starving.Load() != 0 && w.line.Len() == 0 {
		return "nobody is in line, and newcomers must still stand back"
	}
	return ""
}

var casts = []struct{ takers, putters, cancelled int }{
	{1, 1, 1}, {2, 1, 1}, {2, 2, 2}, {3, 2, 0}, {3, 2, 1},
}

const shortCasts = 3 // as many as a run with -short looks at

func TestModel(t *testing.T) {
	for i, c := range casts {
		if testing.Short() && i == shortCasts {
			break
		}
		worlds, wrong := explore(c.takers, c.putters, c.cancelled, sound)
		t.Logf("%+v: %d worlds", c, worlds)
		if wrong != "" {
			t.Errorf("%+v: %s", c, wrong)
		}
	}
}

// A model that finds nothing proves nothing: each seeded flaw must be found.
func TestModelFindsFlaws(t *testing.T) {
	for f := noRetry; f <= lostNotRejoined; f++ {
		found := ""
		for _, c := range casts {
			if _, found = explore(c.takers, c.putters, c.cancelled, f); found != "" {
				t.Logf("flaw %d, %+v: %s", f, c, found)
				break
			}
		}
		if found == "" {
			t.Errorf("flaw %d was not found", f)
		}
	}
}
