package replay

import "github.com/trivet-go/trivet/internal/program"

// choice is a select that receives from two or more channels. The recording
// holds only which case it chose each time, and it chose what was ready then. In
// a replay another channel may be ready first, so any value that comes from one
// of the channels satisfies the receive; over the run each channel gives as many
// as it did.
//
// The channels of a choice are those from which the same goroutine received in
// a select at the same place. Nobody else may receive from them, or it might
// find its values taken.
type choice struct {
	channels []int32 // indices in objects.channels
	waiters  queue
}

// selectAt is a select of one goroutine.
type selectAt struct {
	src   int32
	stack uint32
}

// makeChoices finds the choices of the program.
func (s *sim) makeChoices() {
	at := map[selectAt][]uint32{}  // selects to the channels they received from
	only := map[uint32]selectAt{}  // channels to the one select that receives from them
	shared := map[uint32]bool{}    // channels with more receivers than one select
	var order []selectAt           // of appearance
	nowhere := selectAt{src: none} // stands for receives outside of selects
	meets := func(ch uint32, where selectAt) {
		if was, ok := only[ch]; ok && was != where || where == nowhere {
			shared[ch] = true
		} else if !ok {
			only[ch] = where
			if at[where] == nil {
				order = append(order, where)
			}
			at[where] = append(at[where], ch)
		}
	}
	for src := range s.prog.Goroutines {
		for i := range s.prog.Goroutines[src].Ops {
			op := &s.prog.Goroutines[src].Ops[i]
			switch {
			case op.Kind != program.Recv:
			case op.Flags&program.FromSelect != 0:
				meets(op.Obj, selectAt{int32(src), op.Stack})
			default:
				meets(op.Obj, nowhere)
			}
		}
	}
	s.choiceAt = map[selectAt]int32{}
	for _, where := range order {
		s.makeChoice(where, at[where], shared)
	}
}

func (s *sim) makeChoice(where selectAt, chans []uint32, shared map[uint32]bool) {
	if len(chans) < 2 {
		return
	}
	for _, ch := range chans {
		if shared[ch] || s.channels[s.slots[ch]].dealt != nil {
			return
		}
	}
	id := int32(len(s.choices))
	var c choice
	for _, ch := range chans {
		slot := s.slots[ch]
		c.channels = append(c.channels, slot)
		s.channels[slot].choice = id
	}
	s.choices = append(s.choices, c)
	s.choiceAt[where] = id
}

// choiceOf returns the choice that op, an operation of g, is one case of.
func (s *sim) choiceOf(g *gor, op *program.Op) *choice {
	if op.Flags&program.FromSelect == 0 || op.Kind != program.Recv || len(s.choices) == 0 {
		return nil
	}
	id, ok := s.choiceAt[selectAt{g.src, op.Stack}]
	if !ok {
		return nil
	}
	return &s.choices[id]
}

// choose receives from the first channel that has a value, the recorded one
// before the others. It returns false when g waits, or has been moved on.
func (s *sim) choose(p *proc, g *gor, op *program.Op, ch *choice) bool {
	best := s.slots[op.Obj]
	if !s.channels[best].ready() {
		for _, slot := range ch.channels {
			if s.channels[slot].ready() {
				best = slot
				break
			}
		}
	}
	c := &s.channels[best]
	switch {
	case c.n > 0 || c.senders.n > 0:
		s.take(p, c)
		c.stats.Ops++
		s.done(g)
	case s.allClosed(ch):
		s.odd.RecvClosed++
		s.done(g)
	default:
		s.pushBack(&ch.waiters, p.cur)
		s.block(p, g, inChan)
	}
	return false
}

// ready tells whether a receive would find a value.
func (c *channel) ready() bool { return c.n > 0 || c.senders.n > 0 }

func (s *sim) allClosed(ch *choice) bool {
	for _, slot := range ch.channels {
		if !s.channels[slot].closed {
			return false
		}
	}
	return true
}

// offer gives a value that is being sent to c to a select that waits for it.
func (s *sim) offer(p *proc, c *channel) bool {
	if c.choice == none || s.choices[c.choice].waiters.n == 0 {
		return false
	}
	id := s.popFront(&s.choices[c.choice].waiters)
	c.stats.Empty += nanos(s.now - s.gs[id].since)
	c.stats.Ops++
	s.done(&s.gs[id])
	s.ready(p, id)
	return true
}

// giveUp moves the selects on that wait for values when c, the last of their
// channels, is closed.
func (s *sim) giveUp(p *proc, c *channel) {
	if c.choice == none || !s.allClosed(&s.choices[c.choice]) {
		return
	}
	for w := &s.choices[c.choice].waiters; w.n > 0; {
		id := s.popFront(w)
		s.odd.RecvClosed++
		s.done(&s.gs[id])
		s.ready(p, id)
	}
}
