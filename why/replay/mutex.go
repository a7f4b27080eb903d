package replay

import (
	"time"

	"github.com/trivet-go/trivet/internal/program"
)

// starveAfter is how long a waiter must have waited to put its mutex into
// starvation mode (starvationThresholdNs of internal/sync).
const starveAfter = int64(time.Millisecond)

// mutex is a sync.Mutex, and the inner mutex of a sync.RWMutex, with the fields
// of the former's state.
//
// In normal mode Unlock makes the first waiter ready, which then competes with
// whoever comes along; as long as it has not tried (woken), no other is made
// ready. A beaten waiter goes back to the head of the queue. One that has
// waited for more than starveAfter switches to starvation mode, in which
// Unlock hands the mutex over to the first waiter and lets it run at once.
//
// Waiters sleep on a semaphore, which Unlock raises. Before the one that it has
// made ready runs, another that has come to wait can take the semaphore: then
// that one is awake, and the first sleeps on.
type mutex struct {
	locked   bool
	starving bool
	woken    bool
	waiting  int   // as the mutex counts them
	sema     int   // raised, and not yet taken
	waiters  queue // asleep on sema
	spinners queue
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
	if g.given {
		g.given = false
		m.tried(g)
		g.queued, g.spun = false, false
		return true
	}
	if g.asleep {
		if !m.semacquire(g) {
			s.sleep(p, g, m)
			return false
		}
		if s.awake(g, m) {
			return true
		}
	}
	for {
		if !m.locked && !m.starving {
			m.locked = true
			m.tried(g)
			g.queued, g.spun = false, false
			return true
		}
		if g.asked == none {
			g.asked = s.now
		}
		if !m.starving && !g.spun && s.canSpin(p) {
			s.spin(p, g, m)
			return false
		}
		m.waiting++
		if g.queued && s.now-g.asked > starveAfter && m.locked {
			m.starving = true
		}
		m.tried(g)
		g.lifo = g.queued
		g.queued, g.spun = true, false
		if !m.semacquire(g) {
			s.sleep(p, g, m)
			return false
		}
		if s.awake(g, m) {
			return true
		}
	}
}

// semacquire takes the semaphore if it is raised, or was passed to g.
func (m *mutex) semacquire(g *gor) bool {
	switch {
	case g.handed:
		g.handed = false
	case m.sema > 0:
		m.sema--
	default:
		return false
	}
	return true
}

// sleep puts g to sleep on the semaphore.
func (s *sim) sleep(p *proc, g *gor, m *mutex) {
	g.asleep = true
	if g.lifo {
		s.pushFront(&m.waiters, p.cur)
	} else {
		s.pushBack(&m.waiters, p.cur)
	}
	s.block(p, g, inLock)
}

// awake is what g does when it has the semaphore: in starvation mode the mutex
// is its own, else it has to compete.
func (s *sim) awake(g *gor, m *mutex) (owns bool) {
	g.asleep = false
	if !m.starving {
		g.awoke = true
		return false
	}
	m.waiting--
	m.locked = true
	if s.now-g.asked <= starveAfter || m.waiting == 0 {
		m.starving = false
	}
	g.queued = false
	return true
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
	if !g.awoke && !m.woken && m.waiting > 0 {
		g.awoke, m.woken = true, true
	}
	s.sched.Spins++
	s.pushBack(&m.spinners, p.cur)
	s.do(p, spinning)
	p.from, p.until = s.now, s.now+s.toSpin
}

// stopSpinning is called when g has been given the mutex, or has spun enough.
func (s *sim) stopSpinning(p *proc, g *gor) {
	if !g.given {
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
	s.admit(p, m)
	if m.spinners.n > 0 && !m.starving {
		id := s.popFront(&m.spinners)
		g := &s.gs[id]
		g.given = true // it stays locked
		inherit(g, &s.gs[p.cur])
		s.plan(s.procs[g.last], s.now)
		return false
	}
	m.locked = false
	if !m.starving {
		if m.waiting == 0 || m.woken {
			return false
		}
		m.waiting--
		m.woken = true
	}
	m.sema++
	if m.waiters.n == 0 {
		return false // it is ready already, but has not got the semaphore
	}
	id := s.popFront(&m.waiters)
	if m.starving {
		m.sema--
		s.gs[id].handed = true
		s.sched.Handoffs++
	}
	s.ready(p, id)
	return m.starving
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
// readers that have come meanwhile, before the next writer. These, too, sleep on
// a semaphore, which another reader may take before they run.
type rw struct {
	readers  int   // that hold it, or have been let in
	changed  int64 // when readers last changed
	pending  bool
	draining int32 // the writer that waits until readers is zero, or none
	came     int   // readers since pending
	readSema int
	blocked  queue // asleep on readSema
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

// admit lets in the readers that have come while there was a writer.
func (s *sim) admit(p *proc, m *mutex) {
	m.pending = false
	n := m.came
	m.came = 0
	s.readersChange(m, n)
	for range n {
		m.readSema++
		if m.blocked.n > 0 {
			s.ready(p, s.popFront(&m.blocked))
		}
	}
}

func (s *sim) readersChange(m *mutex, by int) {
	m.stats.ReadHold += nanos((s.now - m.changed) * int64(m.readers))
	m.readers += by
	m.changed = s.now
}

// rlock is like lock.
func (s *sim) rlock(p *proc, g *gor, obj uint32) bool {
	m := s.mutexOf(p.cur, obj)
	switch {
	case m == nil:
		return true
	case g.asleep: // and made ready
	case m.pending:
		m.came++
		g.asked = s.now
		g.asleep = true
	default:
		s.readersChange(m, +1)
	}
	if g.asleep {
		if m.readSema == 0 {
			s.pushBack(&m.blocked, p.cur)
			s.block(p, g, inLock)
			return false
		}
		m.readSema--
		g.asleep = false
		m.stats.Wait += nanos(s.now - g.asked)
		g.asked = none
	}
	m.stats.Ops++
	g.hold(obj)
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
