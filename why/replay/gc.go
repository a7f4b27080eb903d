package replay

import "github.com/trivet-go/trivet/internal/program"

// collector simulates garbage collections. One begins when the program has run
// for as long as it had in the recording, since it allocates by running. It
// stops the world, and then its work is done by a quarter of the processors,
// which it takes away, together with all that are idle.
type collector struct {
	gcAt   int64 // its next event: the beginning or the end of a cycle
	cycles []program.GC
	cycle  int // the current or next one

	mutators  int   // processors that run the program
	mutated   int64 // their running time until mutatedAt
	mutatedAt int64

	active  bool
	begun   int64
	left    int64 // work at leftAt
	leftAt  int64
	workers int // processors taken away
	rate    int // processors that collect, these and the idle ones
	did     GC
}

func (s *sim) makeCollector() {
	s.gcAt = never
	if s.opt.NoGC {
		return
	}
	s.cycles = s.prog.GCs
	if s.speed != nil {
		s.cycles = s.speed.sooner(s.prog)
	}
}

// mutatorsChange notes that more or fewer processors run the program.
func (s *sim) mutatorsChange(by int) {
	if len(s.cycles) == 0 {
		return
	}
	s.mutated += int64(s.mutators) * (s.now - s.mutatedAt)
	s.mutatedAt = s.now
	s.mutators += by
	s.planCollector()
}

// idleChange notes that more or fewer processors are idle.
func (s *sim) idleChange() {
	if s.active {
		s.progress()
		s.planCollector()
	}
}

// progress is called when the number of processors that collect has changed.
// They have worked at the old rate until now.
func (s *sim) progress() {
	s.left -= int64(s.rate) * (s.now - s.leftAt)
	s.leftAt = s.now
	s.rate = s.workers + len(s.idle)
}

func (s *sim) planCollector() {
	switch {
	case s.active:
		s.gcAt = s.now + ceilDiv(s.left, int64(s.rate))
	case s.cycle == len(s.cycles):
		s.gcAt = never
	case s.mutators == 0:
		s.gcAt = never
	default:
		s.gcAt = s.now + ceilDiv(s.cycles[s.cycle].At-s.mutated, int64(s.mutators))
	}
}

func ceilDiv(a, b int64) int64 {
	if a <= 0 {
		return 0
	}
	return (a + b - 1) / b
}

// collect is the collector's event.
func (s *sim) collect() {
	if s.active {
		s.endCycle()
	} else {
		s.beginCycle()
	}
}

func (s *sim) beginCycle() {
	s.mutatorsChange(0)
	c := &s.cycles[s.cycle]
	s.did.Cycles++
	s.stopTheWorld(c.STW)
	if c.Work == 0 || s.unlimited {
		s.cycle++
		s.planCollector()
		return
	}
	for range max(1, len(s.procs)/4) {
		s.takeAway()
	}
	s.active, s.begun = true, s.now
	s.left, s.leftAt, s.rate = c.Work, s.now, s.workers+len(s.idle)
	s.planCollector()
}

// stopTheWorld lets time pass during which no processor does anything.
func (s *sim) stopTheWorld(d int64) {
	s.did.STW += nanos(d)
	s.now += d
	s.mutatedAt = s.now
	for i := range s.heap.h {
		s.heap.h[i].at += d
	}
	for _, p := range s.procs {
		if p.doing == running || p.doing == spinning {
			p.from += d
			p.until += d
			p.sliceEnd += d
			g := &s.gs[p.cur]
			s.extend(g, Collecting, s.op(g).Stack, 0, d)
		}
	}
}

// takeAway makes one processor collect: an idle one if there is one.
func (s *sim) takeAway() {
	if len(s.idle) > 0 {
		p := s.unrest()
		s.do(p, collecting)
		s.workers++
		return
	}
	for _, p := range s.procs {
		if p.doing == collecting {
			continue
		}
		s.interrupt(p)
		s.do(p, collecting)
		s.heap.remove(p.id)
		s.workers++
		return
	}
}

// interrupt takes away from p what it does.
func (s *sim) interrupt(p *proc) {
	if p.looker {
		p.looker = false
		s.looks--
	}
	p.called, p.prey = none, none
	if p.cur == none {
		return
	}
	g := &s.gs[p.cur]
	if p.doing == spinning {
		s.stopSpinning(p, g)
	} else if ran := s.now - p.from; ran > 0 {
		s.charge(p, g, ran)
	} else {
		s.extend(g, Waking, p.woke, 0, ran) // the switch was not over
	}
	s.preempt(p, g)
}

func (s *sim) endCycle() {
	s.did.Work += nanos(s.cycles[s.cycle].Work)
	s.active = false
	s.cycle++
	s.workers = 0
	s.planCollector()
	for _, p := range s.procs {
		if p.doing != collecting {
			continue
		}
		p.stats.GC += nanos(s.now - s.begun)
		if s.schedule(p) {
			s.plan(p, p.until)
		}
	}
}
