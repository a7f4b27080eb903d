package replay

import (
	"time"

	"github.com/trivet-go/trivet/internal/program"
)

// starveAfter is how long a waiter must have waited to put its mutex into
// starvation mode (starvationThresholdNs of internal/sync).
const starveAfter = int64(time.Millisecond)

// mutex is a sync.Mutex, and the inner mutex of a sync.RWMutex.
//
// In normal mode Unlock makes the first waiter ready, which then competes with
// whoever comes along; as long as it has not tried (woken), no other is made
// ready. A beaten waiter goes back to the head of the queue. One that has
// waited for more than starveAfter switches to starvation mode, in which
// Unlock hands the mutex over to the first waiter and lets it run at once.
type mutex struct {
	waiters  queue
	spinners queue
	locked   bool
	starving bool
	woken    bool
	owner    int32 // who locked it, or none
	since    int64 // when

	rw // of a sync.RWMutex

	stats Object
}

// lock lets g, which p runs, try to lock obj. When it must wait, lock returns
// false, and is called again as often as g is made ready.
func (s *sim) lock(p *proc, g *gor, obj uint32) bool {
	m := s.mutexOf(p.cur, obj)
	if m == nil {
		return true
	}
	if !g.writer && !s.acquire(p, g, m) {
		return false
	}
	if !g.writer && s.drain(p, g, m) {
		return false
	}
	g.writer = false
	m.owner, m.since = p.cur, s.now
	m.stats.Ops++
	if g.asked != none {
		m.stats.Wait += nanos(s.now - g.asked)
		g.asked = none
	}
	g.hold(obj)
	return true
}

// acquire is internal/sync's lockSlow.
func (s *sim) acquire(p *proc, g *gor, m *mutex) bool {
	switch {
	case g.handed:
		g.handed = false
		if s.now-g.asked <= starveAfter || m.waiters.n == 0 {
			m.starving = false
		}
	case !m.locked:
		m.locked = true
	default:
		s.await(p, g, m)
		return false
	}
	m.tried(g)
	g.queued, g.spun = false, false
	return true
}

// await lets g spin for m, or else wait in its queue.
func (s *sim) await(p *proc, g *gor, m *mutex) {
	if g.asked == none {
		g.asked = s.now
	}
	if !m.starving && !g.spun && s.canSpin(p) {
		s.spin(p, g, m)
		return
	}
	if g.queued && s.now-g.asked > starveAfter {
		m.starving = true
	}
	m.tried(g)
	if g.queued {
		s.pushFront(&m.waiters, p.cur)
	} else {
		s.pushBack(&m.waiters, p.cur)
	}
	g.queued, g.spun = true, false
	s.block(p, g, inLock)
}

// tried lets the next Unlock wake a waiter again, if g was the one that the
// last one woke.
func (m *mutex) tried(g *gor) {
	if g.awoke {
		g.awoke, m.woken = false, false
	}
}

// canSpin is the runtime's rule: another processor is running, which may
// unlock soon, and nothing waits for p.
func (s *sim) canSpin(p *proc) bool {
	return s.toSpin > 0 &&
		len(s.procs) > len(s.idle)+s.looks+1 &&
		p.next == none && p.qh == p.qt
}

func (s *sim) spin(p *proc, g *gor, m *mutex) {
	if !g.awoke && !m.woken && m.waiters.n > 0 {
		g.awoke, m.woken = true, true
	}
	s.sched.Spins++
	s.pushBack(&m.spinners, p.cur)
	s.do(p, spinning)
	p.from, p.until = s.now, s.now+s.toSpin
}

// stopSpinning is called when g has been given the mutex, or has spun enough.
func (s *sim) stopSpinning(p *proc, g *gor) {
	if !g.handed {
		g.spun = true
		m := s.mutexOf(p.cur, s.op(g).Obj)
		s.remove(&m.spinners, p.cur)
	}
	spun := nanos(s.now - p.from)
	s.sched.SpinTime += spun
	s.starts[g.start].Lock += spun
	s.do(p, running)
	p.from = s.now
}

func (s *sim) unlock(p *proc, g *gor, obj uint32) {
	s.takeTicket(p, g)
	m := s.mutexOf(p.cur, obj)
	switch {
	case m == nil:
	case m.owner == none:
		s.odd.Unlock++
	case s.release(p, m, obj) && !s.ideal:
		s.yield(p, g)
	}
}

// release unlocks m and reports whether it was handed over.
func (s *sim) release(p *proc, m *mutex, obj uint32) (handed bool) {
	m.stats.Hold += nanos(s.now - m.since)
	s.gs[m.owner].unhold(obj)
	m.owner = none
	s.admit(p, m, obj)
	switch {
	case m.starving:
		id := s.popFront(&m.waiters)
		s.gs[id].handed = true
		s.sched.Handoffs++
		s.ready(p, id)
		return true
	case m.spinners.n > 0:
		id := s.popFront(&m.spinners)
		g := &s.gs[id]
		g.handed = true
		inherit(g, &s.gs[p.cur])
		s.plan(s.procs[g.last], s.now)
		return false
	}
	m.locked = false
	if m.waiters.n > 0 && !m.woken {
		id := s.popFront(&m.waiters)
		s.gs[id].awoke, m.woken = true, true
		s.ready(p, id)
	}
	return false
}

// yield lets g make way for the goroutine to which it has handed a mutex
// (semrelease1, goyield).
func (s *sim) yield(p *proc, g *gor) {
	g.state, g.since = ready, s.now
	s.enqueue(p, p.cur)
	p.cur = none
}

// letGo unlocks all that g holds.
func (s *sim) letGo(p *proc, g *gor) {
	for g.nheld > 0 {
		obj := g.held[0] - 1
		m := s.mutexOf(p.cur, obj)
		if m.owner == p.cur {
			s.release(p, m, obj)
		} else {
			s.runlock(p, g, obj)
		}
	}
}

// hold notes that g holds obj. More than a few nested locks are not noted.
func (g *gor) hold(obj uint32) {
	if int(g.nheld) < len(g.held) {
		g.held[g.nheld] = obj + 1
		g.nheld++
	}
}

// unhold forgets the lock of obj that was noted last.
func (g *gor) unhold(obj uint32) {
	for i := int(g.nheld) - 1; i >= 0; i-- {
		if g.held[i] == obj+1 {
			copy(g.held[i:], g.held[i+1:g.nheld])
			g.nheld--
			return
		}
	}
}

// mutexOf is what obj is for goroutine id; nil if it is always free.
func (s *sim) mutexOf(id int32, obj uint32) *mutex {
	slot := s.slots[obj]
	if slot < 0 {
		return nil
	}
	if s.opt.Shard != nil {
		slot += id % int32(max(1, s.opt.Shard[obj]))
	}
	return &s.mutexes[slot]
}

// rw is what a sync.RWMutex has beside the inner mutex, which its writers
// hold. New readers wait as soon as there is such a writer (pending); the
// writer waits for the readers before it, and at its end it lets in all the
// readers that have come meanwhile, before the next writer.
type rw struct {
	readers  int
	changed  int64 // when readers last changed
	pending  bool
	draining int32 // the writer that waits until readers is zero, or none
	blocked  queue // readers that wait for the writer
}

// drain keeps new readers out, and reports whether g must wait for those
// before it.
func (s *sim) drain(p *proc, g *gor, m *mutex) bool {
	m.pending = true
	if m.readers == 0 {
		return false
	}
	if g.asked == none {
		g.asked = s.now
	}
	g.writer = true
	m.draining = p.cur
	s.block(p, g, inLock)
	return true
}

// admit lets in the readers that wait for the end of the writer.
func (s *sim) admit(p *proc, m *mutex, obj uint32) {
	m.pending = false
	for m.blocked.n > 0 {
		id := s.popFront(&m.blocked)
		g := &s.gs[id]
		m.stats.Wait += nanos(s.now - g.since)
		s.enter(g, m, obj)
		s.done(g)
		s.ready(p, id)
	}
}

func (s *sim) enter(g *gor, m *mutex, obj uint32) {
	m.stats.Ops++
	s.readersChange(m, +1)
	g.hold(obj)
}

func (s *sim) readersChange(m *mutex, by int) {
	m.stats.ReadHold += nanos((s.now - m.changed) * int64(m.readers))
	m.readers += by
	m.changed = s.now
}

func (s *sim) rlock(p *proc, g *gor, obj uint32) bool {
	m := s.mutexOf(p.cur, obj)
	switch {
	case m == nil:
		return true
	case m.pending:
		s.pushBack(&m.blocked, p.cur)
		s.block(p, g, inLock)
		return false
	}
	s.enter(g, m, obj)
	return true
}

func (s *sim) runlock(p *proc, g *gor, obj uint32) {
	s.takeTicket(p, g)
	m := s.mutexOf(p.cur, obj)
	if m == nil {
		return
	}
	g.unhold(obj)
	if m.readers == 0 {
		s.odd.Unlock++
		return
	}
	s.readersChange(m, -1)
	if id := m.draining; m.readers == 0 && id != none {
		m.draining = none
		s.ready(p, id)
	}
}

// takeTicket puts g into the queue of the condition for which it waits next.
// sync.Cond.Wait does so before it unlocks: otherwise a signal between the two
// would be lost.
func (s *sim) takeTicket(p *proc, g *gor) {
	ops := s.prog.Goroutines[g.src].Ops
	i := g.pc + 1
	for int(i) < len(ops) && ops[i].Kind == program.Nop {
		i++
	}
	if int(i) < len(ops) && ops[i].Kind == program.CondWait {
		s.ticketFor(p, g, ops[i].Obj)
	}
}
