package replay

import "github.com/trivet-go/trivet/internal/program"

// channel works as Go's do: values go directly to a waiting receiver, else into
// the buffer, else the sender waits; waiting is first come, first served; close
// makes all waiting goroutines ready.
type channel struct {
	cap, n    int
	closed    bool
	senders   queue // n is cap
	receivers queue // n is 0
	// closers have seen the channel closed in the recording and wait until it is
	// again. No value is meant for them.
	closers queue
	dealt   *dealt // nil: not dealt
	choice  int32  // index in objects.choices of the select that receives from it, or none
	stats   Object
}

func (s *sim) send(p *proc, g *gor, obj uint32) bool {
	c := &s.channels[s.slots[obj]]
	switch {
	case c.closed:
		s.odd.SendClosed++
	case c.receivers.n > 0:
		id := s.popFront(&c.receivers)
		r := &s.gs[id]
		c.stats.Ops++
		c.stats.Empty += nanos(s.now - r.since)
		s.received(r, c)
		s.ready(p, id)
	case s.offer(p, c):
	case c.n < c.cap:
		c.n++
	default:
		s.pushBack(&c.senders, p.cur)
		s.block(p, g, inChan)
		return false
	}
	c.stats.Ops++
	return true
}

// recv receives a value, or the news of the close. It returns false when g
// waits, or has been moved on.
func (s *sim) recv(p *proc, g *gor, op *program.Op) bool {
	if ch := s.choiceOf(g, op); ch != nil {
		return s.choose(p, g, op, ch)
	}
	c := &s.channels[s.slots[op.Obj]]
	wantsClose := op.Kind == program.RecvClosed && c.dealt == nil
	switch {
	case c.ready() && !wantsClose:
		s.take(p, c)
	case c.closed:
		s.sawClose(p, g, c, op.Kind)
		return false
	default:
		q := &c.receivers
		if wantsClose {
			q = &c.closers
		}
		s.pushBack(q, p.cur)
		s.block(p, g, inChan)
		return false
	}
	c.stats.Ops++
	s.received(g, c)
	return false
}

// take removes a value from c, which has one.
func (s *sim) take(p *proc, c *channel) {
	if c.n == 0 {
		s.unblockSender(p, c)
		return
	}
	c.n--
	if c.senders.n > 0 {
		s.unblockSender(p, c)
		c.n++
	}
}

func (s *sim) unblockSender(p *proc, c *channel) {
	id := s.popFront(&c.senders)
	g := &s.gs[id]
	c.stats.Ops++
	c.stats.Full += nanos(s.now - g.since)
	s.done(g)
	s.ready(p, id)
}

// received moves g on after a receive from c.
func (s *sim) received(g *gor, c *channel) {
	if c.dealt != nil {
		s.deal(g, c)
		return
	}
	s.done(g)
}

// sawClose moves g, which p runs, on after it has found c closed.
func (s *sim) sawClose(p *proc, g *gor, c *channel, kind program.Kind) {
	if c.dealt != nil {
		s.dismiss(p, g, c)
		return
	}
	if kind == program.Recv {
		s.odd.RecvClosed++
	}
	s.done(g)
}

func (s *sim) close(p *proc, obj uint32) {
	c := &s.channels[s.slots[obj]]
	if c.closed {
		s.odd.SendClosed++
		return
	}
	c.closed = true
	if c.dealt != nil {
		s.closeDealt(p, c)
	}
	s.wakeAll(p, c, &c.closers)
	s.wakeAll(p, c, &c.receivers)
	s.giveUp(p, c)
	for c.senders.n > 0 {
		s.odd.SendClosed++
		s.unblockSender(p, c)
	}
}

// wakeAll tells the goroutines in q that c is closed, the last one first, as
// closechan does.
func (s *sim) wakeAll(p *proc, c *channel, q *queue) {
	s.reverse(q)
	for q.n > 0 {
		id := s.popFront(q)
		g := &s.gs[id]
		c.stats.Empty += nanos(s.now - g.since)
		if s.op(g).Kind == program.Recv {
			s.odd.RecvClosed++
		}
		s.done(g)
		s.ready(p, id)
	}
}
