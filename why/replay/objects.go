package replay

import "github.com/trivet-go/trivet/internal/program"

// objects are the states of the program's objects. slots tells where the state
// of an object is; for an event it is the state.
type objects struct {
	slots    []int32
	mutexes  []mutex
	channels []channel
	groups   []waitGroup
	choices  []choice
	choiceAt map[selectAt]int32
	conds    []cond
	events   Object // all events together: there may be millions
	staff    map[uint32][]*dealt
}

const dropped = -1 // slot of a mutex that is always free

func (s *sim) makeObjects() {
	s.slots = make([]int32, len(s.prog.Objects))
	for i := range s.prog.Objects {
		o := &s.prog.Objects[i]
		switch o.Class {
		case program.Mutex, program.RWMutex:
			s.slots[i] = s.makeMutex(uint32(i))
		case program.Channel:
			capacity := int(o.Cap)
			if c, ok := s.opt.Capacity[uint32(i)]; ok {
				capacity = c
			}
			s.slots[i] = int32(len(s.channels))
			s.channels = append(s.channels, channel{cap: capacity, n: min(int(o.Init), capacity), choice: none})
		case program.WaitGroup:
			s.slots[i] = int32(len(s.groups))
			s.groups = append(s.groups, waitGroup{n: int(o.Init)})
		case program.Cond:
			s.slots[i] = int32(len(s.conds))
			s.conds = append(s.conds, cond{})
		case program.Event:
			s.slots[i] = notYet
		}
	}
	for _, obj := range s.opt.Drop {
		s.slots[obj] = dropped
	}
	s.countSignals()
	s.makeDealt()
	s.makeChoices()
}

func (s *sim) makeMutex(obj uint32) int32 {
	if s.opt.NoLocks {
		return dropped
	}
	slot := int32(len(s.mutexes))
	for range max(1, s.opt.Shard[obj]) {
		s.mutexes = append(s.mutexes, mutex{owner: none, rw: rw{draining: none}})
	}
	return slot
}

// waitGroup is a sync.WaitGroup.
type waitGroup struct {
	n       int
	waiters queue
	stats   Object
}

func (s *sim) add(p *proc, obj uint32, delta int) {
	w := &s.groups[s.slots[obj]]
	w.n += delta
	if w.n < 0 {
		s.odd.Negative++
	}
	for w.n <= 0 && w.waiters.n > 0 {
		id := s.popFront(&w.waiters)
		w.stats.Wait += nanos(s.now - s.gs[id].since)
		s.done(&s.gs[id])
		s.ready(p, id)
	}
}

func (s *sim) join(p *proc, g *gor, obj uint32) bool {
	w := &s.groups[s.slots[obj]]
	w.stats.Ops++
	if w.n <= 0 {
		return true
	}
	s.pushBack(&w.waiters, p.cur)
	s.block(p, g, inJoin)
	return false
}

// cond is a sync.Cond. Why a goroutine waits is not known, only that it did: in
// a replay the signal may have come before it. Then the program would not have
// waited at all, so a wait ends at once when too few signals are left.
type cond struct {
	waiters    queue // each has a ticket; some still have to unlock
	signals    int64 // still to come
	broadcasts int64
	stats      Object
}

func (s *sim) countSignals() {
	if len(s.conds) == 0 {
		return
	}
	for i := range s.prog.Goroutines {
		for j := range s.prog.Goroutines[i].Ops {
			switch op := &s.prog.Goroutines[i].Ops[j]; op.Kind {
			case program.CondSignal:
				s.conds[s.slots[op.Obj]].signals++
			case program.CondBroadcast:
				s.conds[s.slots[op.Obj]].broadcasts++
			}
		}
	}
}

// ticketFor puts g into the queue of obj.
func (s *sim) ticketFor(p *proc, g *gor, obj uint32) {
	c := &s.conds[s.slots[obj]]
	g.ticket, g.called = true, false
	s.pushBack(&c.waiters, p.cur)
}

func (s *sim) condWait(p *proc, g *gor, obj uint32) bool {
	c := &s.conds[s.slots[obj]]
	if !g.ticket {
		s.ticketFor(p, g, obj)
	}
	g.ticket = false
	c.stats.Ops++
	if g.called {
		return true
	}
	if c.broadcasts == 0 && c.signals < int64(c.waiters.n) {
		s.odd.MissedWake++
		s.remove(&c.waiters, p.cur)
		return true
	}
	s.block(p, g, inCond)
	return false
}

func (s *sim) condSignal(p *proc, obj uint32) {
	c := &s.conds[s.slots[obj]]
	c.signals--
	if c.waiters.n > 0 {
		s.callFirst(p, c)
	}
}

func (s *sim) condBroadcast(p *proc, obj uint32) {
	c := &s.conds[s.slots[obj]]
	c.broadcasts--
	for c.waiters.n > 0 {
		s.callFirst(p, c)
	}
}

func (s *sim) callFirst(p *proc, c *cond) {
	id := s.popFront(&c.waiters)
	g := &s.gs[id]
	g.called = true
	if g.ticket {
		return // it has not come to wait yet
	}
	c.stats.Wait += nanos(s.now - g.since)
	s.done(g)
	s.ready(p, id)
}

// The slot of an event is the first of the goroutines that wait for it, or one
// of these.
const (
	notYet   = -1
	happened = -2
)

func (s *sim) signal(p *proc, obj uint32) {
	id := s.slots[obj]
	s.slots[obj] = happened
	for id >= 0 {
		g := &s.gs[id]
		next := g.next
		g.next = none
		s.events.Wait += nanos(s.now - g.since)
		s.done(g)
		s.ready(p, id)
		id = next
	}
}

func (s *sim) wait(p *proc, g *gor, obj uint32) bool {
	s.events.Ops++
	if s.slots[obj] == happened {
		return true
	}
	g.next = none
	if first := s.slots[obj]; first >= 0 {
		g.next = first
	}
	s.slots[obj] = p.cur
	s.block(p, g, inEvent)
	return false
}
