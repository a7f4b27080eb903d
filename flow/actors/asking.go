package actors

import (
	"context"
	"fmt"
	"math"
	"time"
)

// The node that sends a message: a question, if somebody waits for the answer.

const (
	// patience is how long a Call without a deadline waits for another node.
	patience = 30 * time.Second

	// grace is how long after a deadline the list forgets a question; who asked gives up
	// at the deadline, and knows the cause.
	grace = time.Second

	// silence is how long a node says nothing, when it was asked whether it is there,
	// if it is called unreachable.
	silence = 250 * time.Millisecond
)

// asking is a call that another node answers.
type asking struct {
	call  *call
	op    opcode
	to    string
	node  string
	due   int64 // its deadline
	until int64 // when it is taken out of the list

	stop  func() bool   // ends the timer
	waits bool          // an actor waits
	pause time.Duration // until a probe is sent again

	pinged int64 // when the node was asked first whether it is there; 0: not yet
	heard  bool  // it is
}

func (a *asking) failed(err error) error { return &Error{To: a.to, Op: a.op.about().name, Err: err} }

// unsent is the number of a question that is to be sent.
const unsent = math.MaxUint64

// route sends a message whose way is not settled: to a grain or an actor of another
// node, or, in a system that encodes everything, to one of its own. It returns
// local if the message, perhaps another one by now, is for this node.
func (c *cell) route(ctx context.Context, m *message) (local bool, err error) {
	s := c.home.sys
	node := ""
	if m.reply != nil {
		node = m.reply.node
	}
	if node == "" {
		node = c.whereabouts()
	}
	if node != s.node.Name {
		return false, s.sendAway(node, c, m)
	}
	if s.rules.Encode {
		e := &encoder{sys: s}
		m.op.encode(e, m)
		if e.err != nil {
			return false, failed(c, m.op, e.err)
		}
		d := &decoder{sys: s, buf: e.buf}
		if m.op.decode(d, m); d.err != nil {
			return false, failed(c, m.op, d.err)
		}
	}
	return true, nil
}

// sendAway sends a message to another node.
func (s *System) sendAway(node string, c *cell, m *message) error {
	body := &encoder{sys: s}
	m.op.encode(body, m)
	if body.err != nil {
		return failed(c, m.op, body.err)
	}
	a := (*asking)(nil)
	if m.reply != nil {
		later := int64(grace)
		if m.deadline == 0 {
			m.deadline, later = s.now()+int64(patience), 0
		}
		a = &asking{call: m.reply, op: m.op, to: c.name(), node: node, due: m.deadline, until: m.deadline + later}
	}
	left := int64(0)
	if m.deadline != 0 {
		left = max(1, m.deadline-s.now())
	}
	e := &encoder{sys: s}
	e.uint(wireAsk)
	e.string(s.node.Name)
	e.address(c)
	e.string(m.op.about().name)
	e.int(left)
	number := uint64(0)
	if a == nil {
		e.uint(0)
	} else {
		number = s.ask(a)
		e.uint(number)
		e.uint(s.remote.life)
		e.bool(a.waits)
	}
	e.buf = append(e.buf, body.buf...)
	err := s.send(node, e)
	if err == nil || number != 0 && s.remote.takeQuestion(number) == nil { // it may have been answered all the same
		return nil
	}
	return failed(c, m.op, fmt.Errorf("node %q: %w: %w", node, ErrUnreachable, err))
}

// ask puts a question into the list, until it is answered or its time is over.
func (s *System) ask(a *asking) uint64 {
	r := &s.remote
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	number := r.last
	r.asked[number] = a
	a.waits = a.call.number.Load() == unsent
	a.call.number.Store(number)
	a.pause = firstPause
	s.lookLater(number, a)
	return number
}

// lookLater sees to it that a question is looked at again: when its time is over, when
// half of it is if the node gave no sign of life, and after a pause if an actor waits. It
// is called with the mutex of remote held.
func (s *System) lookLater(number uint64, a *asking) {
	now := s.now()
	after := time.Duration(a.until - now)
	if half := time.Duration(a.due-now) / 2; half >= silence && !a.heard {
		after = half
	}
	if a.waits {
		after = min(after, s.jitter(a.pause))
	}
	a.stop = s.world.after(after, func() { s.look(number) })
}

// look ends a question whose time is over. For others it asks whether the node is
// there, and sends a probe.
func (s *System) look(number uint64) {
	r := &s.remote
	r.mu.Lock()
	a := r.asked[number]
	if a == nil {
		r.mu.Unlock()
		return
	}
	if a.until-s.now() < int64(time.Microsecond) { // the clock begins with 1
		delete(r.asked, number)
		r.mu.Unlock()
		s.refuse(a.call, a.failed(s.late(a, context.DeadlineExceeded)))
		return
	}
	if a.pinged == 0 {
		a.pinged = s.now()
	}
	ping, waits := !a.heard, a.waits
	a.pause = min(2*a.pause, longestPause)
	s.lookLater(number, a)
	r.mu.Unlock()
	if ping {
		s.sayThere(a.node, number)
	}
	if waits {
		s.chase(number)
	}
}

// late is the error of a question out of the list that is given up for cause: the node
// is called unreachable if it was silent, and not if it is only slow.
func (s *System) late(a *asking, cause error) error {
	if a.pinged != 0 && !a.heard && s.now()-a.pinged >= int64(silence) {
		return fmt.Errorf("node %q is silent: %w: %w", a.node, ErrUnreachable, cause)
	}
	return fmt.Errorf("node %q has not answered yet: %w", a.node, cause)
}

// sayThere asks a node whether it is there.
func (s *System) sayThere(node string, number uint64) {
	e := &encoder{sys: s}
	e.uint(wireThere)
	e.question(question{s.node.Name, s.remote.life, number})
	_ = s.send(node, e) // who hears nothing knows enough
}

func (s *System) receiveThere(d *decoder) {
	q := d.question()
	if d.err != nil {
		return
	}
	e := &encoder{sys: s}
	e.uint(wireHere)
	e.uint(q.life)
	e.uint(q.number)
	_ = s.send(q.node, e)
}

func (s *System) receiveHere(d *decoder) {
	life, number := d.uint(), d.uint()
	r := &s.remote
	r.mu.Lock()
	defer r.mu.Unlock()
	if a := r.asked[number]; a != nil && d.err == nil && life == r.life {
		a.heard = true
	}
}

// jitter is half of a pause at least.
func (s *System) jitter(pause time.Duration) time.Duration {
	return pause/2 + s.world.random(pause/2)
}

// takeQuestion takes a question out of the list: whoever gets it answers the call.
func (r *remote) takeQuestion(number uint64) *asking {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.asked[number]
	if a != nil {
		delete(r.asked, number)
		a.stop()
	}
	return a
}

func (s *System) receiveAnswer(d *decoder) {
	if d.uint() != s.remote.life {
		return // it was for the node that was here before
	}
	a := s.remote.takeQuestion(d.uint())
	if a == nil { // given up, or the answer came twice
		return
	}
	k := a.call
	k.err = d.error(a.op.about().kind.traits.Errors)
	if d.err == nil && len(d.buf) > 0 {
		a.op.decodeAnswer(d, k)
	}
	if d.err != nil {
		k.err = a.failed(d.err)
	}
	s.answer(k)
}
