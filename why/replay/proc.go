package replay

// A processor is Go's P together with its thread. What it does and when
// follows runtime/proc.go of Go 1.26; the function names there are given below.
type proc struct {
	id    int32
	doing doing

	cur    int32 // goroutine on it, or none
	next   int32 // runnext: goroutine to run next, in what is left of the time slice
	q      []int32
	qh     uint32 // the queue is q[qh%len(q)] to q[(qt-1)%len(q)]
	qt     uint32
	tick   uint32
	listed int32 // index in sim.loaded, or none

	woke     uint32 // stack at which cur stood before it was started
	from     int64  // the goroutine runs from here ...
	until    int64  // ... to here
	sliceEnd int64
	debt     int64 // time that it spent on calling others, not yet accounted for

	looker  bool  // counts as spinning: others need not be woken
	lingers int64 // idle, but until then it still looks around
	called  int64 // when it was woken or began to look; none = it did neither
	victim  int32 // processor whose runnext it is going to steal ...
	prey    int32 // ... if that is still this one; or none

	stats Proc
}

type doing uint8

const (
	idling doing = iota
	looking
	running
	spinning   // for a mutex, with cur
	collecting // garbage
)

const queueLen = 256

// burst is how many operations in a row a processor may do before the
// simulation looks after itself.
const burst = 4096

func (s *sim) newProc() *proc {
	p := &proc{id: int32(len(s.procs)), listed: none, cur: none, next: none, prey: none, called: none}
	s.procs = append(s.procs, p)
	s.heap.pos = append(s.heap.pos, none)
	return p
}

// firstProc is the one on which the program begins.
func (s *sim) firstProc() *proc {
	if s.ideal {
		return nil
	}
	return s.procs[0]
}

// do changes what p does.
func (s *sim) do(p *proc, what doing) {
	if (p.doing == running) != (what == running) {
		if what == running {
			s.mutatorsChange(+1)
		} else {
			s.mutatorsChange(-1)
		}
	}
	p.doing = what
}

// advance is the event of p: what it did is over. It goes on alone for as long
// as nothing else happens.
func (s *sim) advance(p *proc) {
	var busy bool
	if p.doing == looking {
		busy = s.schedule(p)
	} else {
		busy = s.step(p)
	}
	for n := 0; busy; n++ {
		if n == burst || p.until >= s.horizon() {
			s.plan(p, p.until)
			return
		}
		s.now = p.until
		busy = s.step(p)
	}
}

// step ends the running, or spinning, of p.cur that p was busy with, does what
// follows, and reports whether p is busy until p.until.
func (s *sim) step(p *proc) bool {
	g := &s.gs[p.cur]
	if p.doing == spinning {
		s.stopSpinning(p, g)
	} else if ran := s.now - p.from; ran > 0 {
		s.charge(p, g, ran)
	}
	if g.rem > 0 {
		s.sliceOver(p, g)
	} else {
		s.perform(p, g)
	}
	if s.ended {
		return false
	}
	if p.cur == none {
		return s.schedule(p)
	}
	if p.doing != spinning {
		p.from = s.now
		if p.debt > 0 {
			s.payDebt(p, g)
		}
		s.fill(p, g)
	}
	return true
}

// payDebt makes g wait until p has called another processor.
func (s *sim) payDebt(p *proc, g *gor) {
	p.woke = s.stood(g)
	s.extend(g, Waking, p.woke, 0, p.debt)
	p.from += p.debt
	p.debt = 0
}

// charge accounts for running.
func (s *sim) charge(p *proc, g *gor, ran int64) {
	g.rem -= ran
	s.work += ran
	p.stats.Busy += nanos(ran)
	s.starts[g.start].Run += nanos(ran)
	var lock uint32
	if g.nheld > 0 {
		lock = g.held[0]
	}
	s.extend(g, Running, s.op(g).Stack, lock, ran)
}

// fill sets how long p runs g from p.from on.
func (s *sim) fill(p *proc, g *gor) {
	if g.rem == none {
		op := s.op(g)
		g.rem = int64(op.Run)
		if s.speed != nil {
			g.rem = s.speed.scale(g, op)
		}
	}
	p.until = max(p.from, min(p.from+g.rem, p.sliceEnd))
}

// sliceOver makes g go to the end of the global queue if another one waits
// (sysmon's retake, gopreempt).
func (s *sim) sliceOver(p *proc, g *gor) {
	if p.next == none && p.qh == p.qt && s.global.n == 0 {
		p.sliceEnd = s.now + s.slice
		return
	}
	s.sched.Preemptions++
	s.preempt(p, g)
	s.wakep(p)
}

func (s *sim) preempt(p *proc, g *gor) {
	g.state, g.since = ready, s.now
	s.global.push(p.cur)
	p.cur = none
}

// schedule lets p, whose cur is none, run another goroutine, and reports
// whether it found one (schedule, findRunnable).
func (s *sim) schedule(p *proc) bool {
	if s.ideal {
		s.retire(p)
		return false
	}
	id, inherit := s.pick(p)
	if id == none {
		if id = s.steal(p); id == none {
			return false
		}
	}
	if p.looker {
		p.looker = false
		s.looks--
		s.wakep(p)
	}
	p.prey = none
	s.start(p, id, inherit && p.doing == running)
	return true
}

// pick takes a goroutine from p's own queue or the global one, and tells
// whether it inherits the time slice.
func (s *sim) pick(p *proc) (id int32, inherit bool) {
	if p.tick%61 == 0 && s.global.n > 0 {
		s.sched.Global++
		return s.global.pop(), false
	}
	if id := p.next; id != none {
		p.next = none
		s.list(p)
		s.sched.RunNext++
		return id, true
	}
	if p.qh != p.qt {
		id := p.q[p.qh%queueLen]
		p.qh++
		s.list(p)
		return id, false
	}
	if s.global.n == 0 {
		return none, false
	}
	n := min(queueLen/2, s.global.n, s.global.n/len(s.procs)+1)
	s.sched.Global += int64(n)
	id = s.global.pop()
	for ; n > 1; n-- {
		s.enqueue(p, s.global.pop())
	}
	return id, false
}

// steal takes half of another processor's queue, and returns a goroutine to
// run. Without any it lets p idle, or look again (stealWork).
func (s *sim) steal(p *proc) int32 {
	if !p.looker {
		if 2*s.looks >= len(s.procs)-len(s.idle) {
			s.rest(p)
			return none
		}
		p.looker = true
		s.looks++
		if p.called == none {
			p.called = s.now
		}
	}
	if prey := p.prey; prey != none {
		p.prey = none
		if v := s.procs[p.victim]; v.next == prey {
			return s.stealNext(v)
		}
	}
	first := 0
	if len(s.loaded) > 1 {
		first = s.rand(len(s.loaded))
	}
	for i := range s.loaded { // none of them is p, whose queue is empty
		v := s.procs[s.loaded[(first+i)%len(s.loaded)]]
		if v.qh != v.qt {
			return s.stealHalf(p, v)
		}
	}
	if len(s.loaded) > 0 {
		v := s.procs[s.loaded[first]]
		if s.toSteal == 0 {
			return s.stealNext(v)
		}
		p.victim, p.prey = v.id, v.next
		s.do(p, looking)
		s.plan(p, s.now+s.toSteal)
		return none
	}
	s.sched.InVain++
	s.rest(p)
	return none
}

func (s *sim) stealHalf(p, v *proc) int32 {
	n := v.qt - v.qh
	n -= n / 2
	s.sched.Steals++
	s.sched.Stolen += int64(n)
	for ; n > 1; n-- {
		s.enqueue(p, v.q[v.qh%queueLen])
		v.qh++
	}
	id := v.q[v.qh%queueLen]
	v.qh++
	s.list(v)
	return id
}

func (s *sim) stealNext(v *proc) int32 {
	id := v.next
	v.next = none
	s.list(v)
	s.sched.Steals++
	s.sched.Stolen++
	s.sched.NextStolen++
	return id
}

// rest puts p among the idle processors (pidleput).
func (s *sim) rest(p *proc) {
	p.lingers = s.now
	if p.looker {
		p.looker = false
		s.looks--
		p.lingers += s.linger
	}
	p.called, p.debt = none, 0
	s.do(p, idling)
	s.heap.remove(p.id)
	s.idle = append(s.idle, p.id)
	s.idleChange()
}

// wakep calls an idle processor to look for work, unless one looks already. The
// call costs the caller some time.
func (s *sim) wakep(caller *proc) {
	if s.looks > 0 || len(s.idle) == 0 && !s.unlimited {
		return
	}
	p := s.unrest()
	p.looker = true
	s.looks++
	if s.now < p.lingers {
		s.call(p, 0)
		return
	}
	s.sched.Wakeups++
	s.call(p, s.wake)
	caller.debt += s.toCall
}

// unrest takes a processor from the idle ones. There must be one, or the machine
// be unlimited.
func (s *sim) unrest() *proc {
	if len(s.idle) == 0 {
		return s.newProc()
	}
	last := len(s.idle) - 1
	p := s.procs[s.idle[last]]
	s.idle = s.idle[:last]
	s.idleChange()
	return p
}

// call lets p, which was idle, look for work after delay.
func (s *sim) call(p *proc, delay int64) {
	s.do(p, looking)
	p.called = s.now
	s.plan(p, s.now+delay)
}

// start puts goroutine id on p (execute).
func (s *sim) start(p *proc, id int32, inherit bool) {
	if !inherit {
		p.tick++
		p.sliceEnd = s.now + s.slice
	}
	g := &s.gs[id]
	waited := s.now - g.since
	waking := int64(0)
	if p.called != none {
		waking = min(waited, s.now-p.called)
		p.called = none
	}
	s.starts[g.start].Ready += nanos(waited)
	p.woke = s.stood(g)
	s.extend(g, WaitingCore, p.woke, 0, waited-waking)
	switching := s.swtch + p.debt
	p.debt = 0
	s.extend(g, Waking, p.woke, 0, waking+switching)
	g.state, g.since, g.last = onCore, s.now, p.id
	p.cur = id
	p.from = s.now + switching
	p.stats.Runs++
	s.do(p, running)
	s.fill(p, g)
}

// startAlone gives a goroutine, which has just become ready on the ideal
// machine, a processor of its own.
func (s *sim) startAlone(id int32) {
	p := s.unrest()
	g := &s.gs[id]
	g.state, g.since = onCore, s.now
	p.cur = id
	p.from = s.now
	p.sliceEnd = never
	s.do(p, running)
	s.fill(p, g)
	s.plan(p, p.until)
}

// retire gives back a processor of the ideal machine.
func (s *sim) retire(p *proc) {
	s.do(p, idling)
	s.heap.remove(p.id)
	s.idle = append(s.idle, p.id)
}

// ready makes a waiting goroutine ready, on behalf of the one that p runs. It
// must already stand at its next operation.
func (s *sim) ready(p *proc, id int32) {
	g := &s.gs[id]
	inherit(g, &s.gs[p.cur])
	s.leave(g)
	s.put(p, id)
}

// put queues a goroutine that has become ready (runqput with next, wakep).
func (s *sim) put(p *proc, id int32) {
	if s.ideal {
		s.startAlone(id)
		return
	}
	old := p.next
	p.next = id
	s.list(p)
	if old != none {
		s.enqueue(p, old)
	}
	s.wakep(p)
}

// enqueue puts a goroutine at the end of p's queue; when that is full, half of
// it goes to the global one (runqput, runqputslow).
func (s *sim) enqueue(p *proc, id int32) {
	if p.q == nil {
		p.q = make([]int32, queueLen)
	}
	if p.qt-p.qh == queueLen {
		s.sched.Overflows++
		for range queueLen / 2 {
			s.global.push(p.q[p.qh%queueLen])
			p.qh++
		}
		s.global.push(id)
		return
	}
	p.q[p.qt%queueLen] = id
	p.qt++
	s.list(p)
}

// list keeps the list of the processors at which goroutines wait.
func (s *sim) list(p *proc) {
	waits := p.next != none || p.qh != p.qt
	switch {
	case waits == (p.listed != none):
	case waits:
		p.listed = int32(len(s.loaded))
		s.loaded = append(s.loaded, p.id)
	default:
		last := s.loaded[len(s.loaded)-1]
		s.loaded[p.listed] = last
		s.procs[last].listed = p.listed
		s.loaded = s.loaded[:len(s.loaded)-1]
		p.listed = none
	}
}

// rand is a pseudo-random number below n (xorshift64*).
func (s *sim) rand(n int) int {
	s.random ^= s.random >> 12
	s.random ^= s.random << 25
	s.random ^= s.random >> 27
	return int((s.random * 0x2545F4914F6CDD1D >> 33) % uint64(n))
}

// globalQueue is a ring of goroutines.
type globalQueue struct {
	ring []int32
	head int
	n    int
}

func (q *globalQueue) push(id int32) {
	if q.n == len(q.ring) {
		bigger := make([]int32, max(64, 2*q.n))
		for i := range q.n {
			bigger[i] = q.ring[(q.head+i)%q.n]
		}
		q.ring, q.head = bigger, 0
	}
	q.ring[(q.head+q.n)%len(q.ring)] = id
	q.n++
}

func (q *globalQueue) pop() int32 {
	id := q.ring[q.head]
	q.head = (q.head + 1) % len(q.ring)
	q.n--
	return id
}
