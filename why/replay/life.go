package replay

import (
	"time"

	"github.com/trivet-go/trivet/internal/program"
)

func nanos(n int64) time.Duration { return time.Duration(n) }

// launch makes a fresh goroutine ready.
func (s *sim) launch(p *proc, id int32) {
	s.bear(id)
	s.put(p, id)
}

func (s *sim) bear(id int32) {
	g := &s.gs[id]
	s.running++
	s.starts[g.start].Goroutines++
	g.state, g.since = ready, s.now
}

// leave ends what g waited for, accounts for it and makes it ready.
func (s *sim) leave(g *gor) {
	waited := nanos(s.now - g.since)
	st := &s.starts[g.start]
	switch g.state {
	case inLock:
		st.Lock += waited
	case inChan:
		st.Chan += waited
	case inJoin:
		st.Join += waited
	case inCond, inEvent:
		st.Other += waited
	case inSleep:
		st.Sleep += waited
	case inIO:
		st.IO += waited
	case inSyscall:
		st.Syscall += waited
	case ready:
		st.Ready += waited
	}
	g.state, g.since = ready, s.now
}

// block takes the goroutine off p, until someone makes it ready.
func (s *sim) block(p *proc, g *gor, in state) {
	g.state, g.since = in, s.now
	p.cur = none
	g.head, g.own = 0, false // whoever makes it ready explains the time until then
}

// delay takes the goroutine off p for a known time.
func (s *sim) delay(p *proc, g *gor, in state, d int64) {
	g.state, g.since = in, s.now
	s.seq++
	s.delays.push(due{s.now + d, s.seq, p.cur})
	p.cur = none
}

// arrive is the end of a delay. An idle processor takes the goroutine; waking it
// takes no time, as the delay was over in the recording when someone who was
// awake had noticed. When all are busy, a sleeper is the next on the processor that has its timer, the
// others come through the global queue, as Go's poller puts them there.
func (s *sim) arrive(id int32) {
	g := &s.gs[id]
	in := g.state
	stack := s.op(g).Stack
	waited := s.now - g.since
	s.leave(g)
	s.done(g)
	s.extend(g, [...]Kind{Sleeping, WaitingIO, InSyscall}[in-inSleep], stack, 0, waited)
	switch {
	case s.ideal:
		s.startAlone(id)
	case len(s.idle) > 0 || s.unlimited:
		p := s.unrest()
		p.next = id
		s.list(p)
		s.call(p, 0)
	case in == inSleep:
		s.put(s.procs[g.last], id)
	default:
		s.global.push(id)
	}
}

// done moves g on to its next operation.
func (s *sim) done(g *gor) {
	s.ops++
	g.pc++
	g.rem = none
}

// perform does the operation whose running time is over.
func (s *sim) perform(p *proc, g *gor) {
	op := s.op(g)
	finished := true
	switch op.Kind {
	case program.Nop:
	case program.Spawn:
		s.spawn(p, g, op.Obj)
	case program.End, program.Cut:
		s.end(p, g, op.Kind)
		return
	case program.Lock:
		finished = s.lock(p, g, op.Obj)
	case program.Unlock:
		s.unlock(p, g, op.Obj)
	case program.RLock:
		finished = s.rlock(p, g, op.Obj)
	case program.RUnlock:
		s.runlock(p, g, op.Obj)
	case program.Send:
		finished = s.send(p, g, op.Obj)
	case program.Recv, program.RecvClosed:
		finished = s.recv(p, g, op)
	case program.Close:
		s.close(p, op.Obj)
	case program.Add:
		s.add(p, op.Obj, op.Delta())
	case program.Join:
		finished = s.join(p, g, op.Obj)
	case program.CondWait:
		finished = s.condWait(p, g, op.Obj)
	case program.CondSignal:
		s.condSignal(p, op.Obj)
	case program.CondBroadcast:
		s.condBroadcast(p, op.Obj)
	case program.Signal:
		s.signal(p, op.Obj)
	case program.Wait:
		finished = s.wait(p, g, op.Obj)
	case program.Sleep:
		s.delay(p, g, inSleep, op.Delay())
		return
	case program.IO:
		s.delay(p, g, inIO, op.Delay())
		return
	case program.Syscall:
		s.delay(p, g, inSyscall, op.Delay())
		return
	}
	if finished {
		s.done(g)
	}
}

func (s *sim) spawn(p *proc, g *gor, child uint32) {
	c := &s.gs[child]
	if c.state != fresh {
		s.odd.Respawn++
		return
	}
	inherit(c, g)
	s.launch(p, int32(child))
	s.launchWorkers(p, int32(child))
}

// end is the end of a goroutine, or of what was recorded of it. A goroutine
// that the recording cuts off lets go of its locks: nobody can know when it
// would have.
func (s *sim) end(p *proc, g *gor, kind program.Kind) {
	if !g.extra {
		s.ops++
	}
	if kind == program.Cut {
		s.letGo(p, g)
	}
	id := p.cur
	p.cur = none
	g.state, g.since = over, s.now
	if s.last != none {
		s.gs[s.last].head = 0 // only the last chain of all is asked for
	}
	s.last = id
	s.running--
	s.ended = s.running == 0 || int(id) == s.prog.Main && kind == program.End
}
