package actors

import (
	"context"
	"errors"
	"fmt"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/spawn"
)

const (
	maxHand = 32   // messages that a turn takes out of the mailbox at once
	budget  = 8    // hands after which a turn lets others go first
	relays  = 1024 // turns after which a goroutine lets others go first
)

// A turn works for one actor, on a goroutine of its own, until nothing is left to
// do.
type turn struct {
	*Context // what methods get: another one when that was shared

	main   func() // the goroutine
	baton  *baton // who has the turn next; nil in a simulation
	relays int    // turns that its goroutine has had

	hand   []message      // taken out of the mailbox
	at, n  int            // the one in hand, and how many there were
	left   int            // messages in the mailbox then
	lane   []func(*turn)  // taken out of that of the system
	one    [1]func(*turn) // a lane of one
	doing  doing
	logged bool // what it is doing has begun in an execution trace
	ended  bool // the actor is to die

	used        bool    // it has handled messages
	refusing    bool    // what is in hand is refused
	interrupted bool    // what is in hand has to wait
	single      message // one that came by the lane of the system
	current     int     // 1 + the message that its method works on; 0: none; see mark
	handled     int64   // messages that the system does not know of yet
}

// doing is what user code a turn runs.
type doing uint8

const (
	nothing doing = iota
	beginning
	handling       // the message in hand
	handlingSingle // the message that came by the lane of the system
	continuing     // the answer to Go
)

// newTurn returns a turn for c.
func (s *System) newTurn(c *cell) *turn {
	t, ok := s.turns.Get().(*turn)
	if !ok {
		t = &turn{hand: make([]message, maxHand), baton: s.world.baton()}
		t.Context = &Context{sys: s, turn: t}
		t.main = func() {
			s.world.begun()
			spawn.Do(t)
		}
	}
	t.cell = c
	return t
}

// Crew names the goroutine after the kind of its actor.
func (t *turn) Crew() *spawn.Crew { return t.cell.home.crew }

// Run is one turn of an actor: it handles messages until none is left. It goes on
// with another actor if one waits for that.
func (t *turn) Run() bool {
	for hands := 1; t.take(); hands++ {
		t.serve()
		t.sys.world.yield(t, hands)
	}
	next := t.sys.world.next(t)
	if next == nil || next.home != t.cell.home {
		t.tellHandled()
	}
	t.cell, t.ended, t.used = next, false, false
	return next != nil
}

// End is called when the goroutine of a turn ends.
func (t *turn) End(err error) {
	if bug, ok := err.(*trivet.PanicError); ok {
		panic(bug) // not of the user's code, whose panics are caught in serve
	}
	if err != nil {
		t.lost()
	}
	world := t.sys.world
	t.sys.turns.Put(t)
	world.ended()
}

// lost is called when a goroutine ends although its turn is not over, because a method
// has called runtime.Goexit. What is in hand goes back, and the turn goes on on
// another goroutine; so does the one of whoever was to be next.
func (t *turn) lost() {
	t.tellHandled()
	if t.ended {
		t.die()
	} else {
		t.cell.takeBack(t)
		t.sys.world.start(t.cell, nil)
	}
	t.flush()
	t.cell, t.lane, t.ended, t.interrupted, t.used = nil, nil, false, false, false
}

// takeBack puts what a turn has in hand back where it was.
func (c *cell) takeBack(t *turn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn = nil
	if len(t.lane) > 0 {
		e := c.extras()
		e.lane = append(t.lane, e.lane...)
		t.lane = nil
		c.urgent.Store(true)
	}
	for i := t.n - 1; i >= t.at; i-- {
		if c.box == nil {
			c.box = c.newRing(0)
		}
		if c.box.full() {
			c.grow()
		}
		c.box.back(t.hand[i])
		t.hand[i] = message{}
	}
	t.at, t.n = 0, 0
}

// take takes messages into the hand. It reports false, and gives up the turn, if
// there is nothing to do.
func (t *turn) take() bool {
	c := t.cell
	if t.at < t.n && t.interrupted {
		c.takeBack(t)
	}
	t.interrupted = false
	c.mu.Lock()
	c.turn = t
	switch {
	case len(t.lane) > 0 || t.at < t.n || c.urgent.Load():
		c.mu.Unlock()
		return true
	case t.ended:
		c.mu.Unlock()
		t.die()
		return false
	case c.paused && c.life == alive || c.life == ending && c.empty(): // idle
	case !c.empty():
		t.at, t.n = 0, c.box.take(t.hand[:c.home.hand])
		t.refusing, t.left = c.life >= ruined || t.sys.ctx.Err() != nil, c.box.n
		more := c.more
		c.mu.Unlock()
		if more != nil {
			more.room.Wake(t.n)
		}
		t.sampleQueue()
		t.flush() // this goes on for a while
		return true
	case c.life != alive:
		c.mu.Unlock()
		t.lane = append(t.one[:0], (*turn).finish)
		return true
	case c.state == nil && !c.virtual && c.home.hasStart():
		c.mu.Unlock()
		t.lane = append(t.one[:0], func(t *turn) { t.start() })
		return true
	}
	if t.used && c.virtual {
		c.mu.Unlock()
		t.rest()
		return true
	}
	box := c.box
	if box != nil && box.n == 0 {
		c.box = nil
	} else {
		box = nil
	}
	c.scheduled, c.turn = false, nil
	c.mu.Unlock()
	if box != nil {
		t.sys.giveBack(box)
	}
	return false
}

// serve handles what is in hand. It returns early if a method did not return;
// the next round goes on with the rest.
func (t *turn) serve() {
	defer t.catch()
	c := t.cell
	for {
		if len(t.lane) > 0 || c.urgent.Load() {
			t.serveLane()
		}
		if t.at == t.n || t.interrupted {
			return
		}
		m := &t.hand[t.at]
		if m.deadline != 0 || c.state == nil || t.refusing || t.sys.refusing.Load() {
			if !t.admit(m) {
				continue
			}
		}
		t.handle(m)
	}
}

func (t *turn) serveLane() {
	if t.cell.urgent.Load() {
		t.lane = append(t.lane, t.cell.urgents()...)
	}
	for len(t.lane) > 0 {
		f := t.lane[0]
		t.lane = t.lane[1:]
		f(t)
	}
	t.lane = nil
}

// admit reports whether a message may be handled. Else it has done what is to be done
// with it, or it stays in hand.
func (t *turn) admit(m *message) bool {
	switch {
	case m.deadline != 0 && t.sys.now() >= m.deadline:
		t.expired(m)
	case t.refusing || t.sys.ctx.Err() != nil:
		t.refuse(m, ErrStopped)
	default:
		return t.cell.state != nil || t.startFor(m)
	}
	t.done(m)
	return false
}

func (t *turn) handle(m *message) {
	if m.reply != nil && !m.reply.begin() { // refused, to break a circle
		t.done(m)
		return
	}
	begin := int64(0)
	if m.sent != 0 {
		begin = t.sys.now()
	}
	t.mark(t.at + 1)
	t.does(handling)
	c := t.Context
	c.deadline = m.deadline
	c.last = t.at+1 == t.n && t.left == 0 && t.cell.home.isShort(m.op)
	m.op.exec(t, m)
	t.release()
	if begin != 0 {
		t.measured(m, begin)
	}
	t.handled++
	t.used = true
	t.done(m)
}

// done takes a message out of the hand.
func (t *turn) done(m *message) {
	if t.sys.refusing.Load() { // somebody may look who is stuck
		t.cell.mu.Lock()
		t.mark(0)
		t.clear(m)
		t.cell.mu.Unlock()
		return
	}
	t.clear(m)
}

func (t *turn) clear(m *message) {
	*m = message{} // keeps nothing of the user's alive
	t.at++
}

// mark notes which message the method works on, for those who want to know why Close
// waits for it. The race detector need not see that: a word is read as it was
// written, and what must not be confused is guarded by done. An atomic store for
// every message would be a tenth of what that costs.
//
//go:norace
func (t *turn) mark(current int) { t.current = current }

// marked is that message, or nil.
//
//go:norace
func (t *turn) marked() *message {
	if t.current == 0 {
		return nil
	}
	return &t.hand[t.current-1]
}

// serveSingle handles a message that came by the lane of the system.
func (t *turn) serveSingle(m message) {
	t.single = m
	t.does(handlingSingle)
	m.op.exec(t, &t.single)
	t.single = message{}
	t.release()
	t.handled++
}

// release ends the context of a message. Contexts that were made from it, and
// timers of theirs, may look at it later: then the next message has another one.
func (t *turn) release() {
	c := t.Context
	if !c.shared.Load() {
		c.deadline, c.last = 0, false
		return
	}
	if timed := c.timed.Load(); timed != nil {
		timed.cancel()
	}
	t.Context = &Context{sys: c.sys, cell: c.cell, turn: t}
}

// catch is deferred: it is there when user code does not return.
func (t *turn) catch() {
	if t.doing != nothing {
		t.broke(spawn.Failure(recover()))
	}
}

// broke ends what did not return, by a panic or Goexit.
func (t *turn) broke(err error) {
	what := t.doing
	t.returned()
	t.release()
	t.mark(0)
	switch what {
	case handling:
		m := t.hand[t.at]
		t.done(&t.hand[t.at])
		t.poison(&m, err)
	case beginning:
		t.fail(err)
		t.startFailed(err)
		return
	case handlingSingle:
		m := t.single
		t.single = message{}
		t.poison(&m, err)
	}
	t.fail(err)
}

// poison is a message whose method did not return.
func (t *turn) poison(m *message, err error) {
	c := t.cell
	c.letter(m, 1, err)
	if m.reply != nil {
		t.sys.refuse(m.reply, failed(c, m.op, didNotReturn(err)))
	}
}

// didNotReturn is what the caller learns of it; the dead letter has the stack.
func didNotReturn(err error) error {
	var p *trivet.PanicError
	if errors.As(err, &p) {
		return fmt.Errorf("%w: %v", ErrPanicked, p.Value)
	}
	return fmt.Errorf("%w: %w", ErrPanicked, err)
}

// expired drops a message whose deadline has passed.
func (t *turn) expired(m *message) {
	t.cell.home.expired.Add(1)
	why := ErrExpired
	if m.reply != nil { // the caller may hear of it before its own deadline tells the same
		why = fmt.Errorf("%w: %w", ErrExpired, context.DeadlineExceeded)
	}
	t.refuse(m, why)
}

// refuse does not handle a message.
func (t *turn) refuse(m *message, why error) {
	c := t.cell
	if m.reply != nil {
		t.sys.refuse(m.reply, failed(c, m.op, why))
		return
	}
	c.letter(m, 0, why)
}

// toldInVain notes an error that nobody waits for.
func (t *turn) toldInVain(err error) {
	if t.sys.hooks.ItemError != nil {
		t.sys.hooks.ItemError(trivet.ItemErrorInfo{Name: t.cell.home.kind.name, Err: err})
	}
}
