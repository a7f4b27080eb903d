package actors

import (
	"fmt"
)

// The node that a message was sent to; peers.go has what it knows of questions.

func (s *System) receiveAsk(d *decoder) {
	from := d.string()
	at, what := d.location()
	name, left, number := d.string(), d.int(), d.uint()
	q := question{node: from, number: number}
	waits := false
	if number != 0 {
		q.life = d.uint()
		waits = d.bool()
	}
	if d.check(what != nobody); d.err != nil {
		s.undeliverable(nil, name, nil, d.err)
		return
	}
	c, err := s.resolve(at, what == aGrain)
	var m message
	if number != 0 {
		m.reply = s.replyTo(c, q, waits)
	}
	if left > 0 {
		m.deadline = s.now() + left
	}
	if err == nil {
		if err = d.message(c.home.kind, name, &m); err == nil {
			err = c.accept(m)
		}
	}
	switch {
	case err != nil && m.reply != nil:
		if _, ok := err.(*Error); !ok {
			err = &Error{To: at.name(what == aGrain), Op: name, Err: err}
		}
		s.refuse(m.reply, err)
	case err != nil:
		s.undeliverable(c, name, &m, err)
	case waits:
		s.pursue(&probe{round: search, origin: q}, q) // a question is a probe too
	}
}

// message reads the op and the argument of a message.
func (d *decoder) message(k *kind, name string, m *message) error {
	for _, op := range k.declared() {
		if op.about().name == name {
			m.op = op
			op.decode(d, m)
			return d.err
		}
	}
	return fmt.Errorf("kind %q has no method %q on node %q", k.name, name, d.sys.node.Name)
}

// accept puts a message from another node into the mailbox.
func (c *cell) accept(m message) error {
	if c.home.sys.refusing.Load() {
		return failed(c, m.op, ErrStopped)
	}
	c.mu.Lock()
	switch {
	case c.life != alive:
		c.mu.Unlock()
		return failed(c, m.op, c.stopped())
	case c.place(nil, m):
		return nil
	}
	return c.spill(m)
}

// undeliverable makes a message that nobody waits for a dead letter. c is nil, or m.op, if
// that is not known here.
func (s *System) undeliverable(c *cell, op string, m *message, why error) {
	if c != nil && m.op != nil {
		c.letter(m, 0, why)
		return
	}
	to := "an actor that is not known here"
	if c != nil {
		to = c.name()
		c.home.letters.Add(1)
	}
	s.lay(c, 0, DeadLetter{To: to, Op: op, Err: why})
}

// replyTo makes a call whose answer goes to another node.
func (s *System) replyTo(c *cell, q question, waits bool) *call {
	k := s.newCall(c)
	k.toNode, k.contested = true, waits
	var held *inquiry
	if waits && c != nil {
		held = s.remote.hold(q, c, k)
	}
	k.then = func(k *call) {
		if !k.begin() {
			return // it has been refused
		}
		e := &encoder{sys: s}
		e.answer(q)
		e.error(k.err, c.knownErrors())
		if k.op != nil {
			k.op.encodeAnswer(e, k)
		}
		if err := e.err; err != nil {
			e = &encoder{sys: s}
			e.answer(q)
			e.error(err, nil)
		}
		s.remote.release(held, k)
		s.freeCall(k)
		// If it is lost the caller's deadline ends the call.
		_ = s.send(q.node, e)
	}
	return k
}

func (e *encoder) answer(q question) {
	e.uint(wireAnswer)
	e.uint(q.life)
	e.uint(q.number)
}
