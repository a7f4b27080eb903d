package actors

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// The node that sends a message: a question, if somebody waits for the answer.

// patience is how long a Call without a deadline waits for another node.
const patience = 30 * time.Second

// asking is a call that another node answers.
type asking struct {
	call  *call
	op    opcode
	to    string
	node  string
	until int64 // its deadline

	stop  func() bool   // ends the timer
	waits bool          // an actor waits
	pause time.Duration // until a probe is sent again
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
		d := &decoder{sys: s, buf: e.buf}
		m.op.decode(d, m)
		if err := errors.Join(e.err, d.err); err != nil {
			return false, failed(c, m.op, err)
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
		if m.deadline == 0 {
			m.deadline = s.now() + int64(patience)
		}
		a = &asking{call: m.reply, op: m.op, to: c.name(), node: node, until: m.deadline}
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

// lookLater sees to it that a question is looked at again: when its time is over, and
// after a pause if an actor waits. It is called with the mutex of remote held.
func (s *System) lookLater(number uint64, a *asking) {
	after := time.Duration(a.until - s.now())
	if a.waits {
		after = min(after, s.jitter(a.pause))
	}
	a.stop = s.world.after(after, func() { s.look(number) })
}

// look ends a question whose time is over, and sends a probe for others.
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
		s.refuse(a.call, a.failed(fmt.Errorf("node %q did not answer: %w: %w", a.node, ErrUnreachable, context.DeadlineExceeded)))
		return
	}
	a.pause = min(2*a.pause, longestPause)
	s.lookLater(number, a)
	r.mu.Unlock()
	s.chase(number)
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
		k.err = d.err
	}
	s.answer(k)
}
