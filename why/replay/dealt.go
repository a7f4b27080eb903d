package replay

import (
	"slices"

	"github.com/trivet-go/trivet/internal/program"
)

// dealt is what is special about a channel of Program.Dealt: its receivers are
// workers that take items, which are stretches of the operations of whichever
// worker had them in the recording. A worker that receives goes on with the
// next item; when it comes to the end of that, which is its former owner's next
// receive, it receives again, as itself. When it sees the close it goes on with
// its own tail.
type dealt struct {
	items []place
	next  int
	tails map[int32]int32 // worker -> pc of its tail; none once it is on it

	// Additional workers run items only. They are started with the first worker,
	// and the others' tails wait until the last of them has finished its item, as
	// whoever joins the workers would wait for these too.
	wanted  int
	extras  int   // started, and have not seen the close
	waiting queue // workers that have seen it and wait for the extras
}

// place is an operation in the program.
type place struct{ src, pc int32 }

// item is a place with the running time of its goroutine before it.
type item struct {
	place
	ran int64
}

func (s *sim) makeDealt() {
	if len(s.prog.Dealt) == 0 {
		return
	}
	of := make(map[uint32]*dealt)
	items := make(map[uint32][]item)
	for _, ch := range s.prog.Dealt {
		d := &dealt{tails: map[int32]int32{}, wanted: s.opt.Workers[ch]}
		of[ch] = d
		s.channels[s.slots[ch]].dealt = d
	}
	s.staff = make(map[uint32][]*dealt)
	for src := range s.prog.Goroutines {
		ran := int64(0)
		for pc := range s.prog.Goroutines[src].Ops {
			op := &s.prog.Goroutines[src].Ops[pc]
			ran += int64(op.Run)
			if op.Kind != program.Recv && op.Kind != program.RecvClosed {
				continue
			}
			d := of[op.Obj]
			if d == nil {
				continue
			}
			after := place{int32(src), int32(pc + 1)}
			if op.Kind == program.RecvClosed {
				d.tails[after.src] = after.pc
			} else if op.Flags&program.Item != 0 {
				items[op.Obj] = append(items[op.Obj], item{after, ran})
			}
			if staff := s.staff[uint32(src)]; !slices.Contains(staff, d) {
				s.staff[uint32(src)] = append(staff, d)
			}
		}
	}
	for ch, d := range of {
		d.items = inOrder(items[ch], s.prog.DealtOrder[ch])
	}
}

// inOrder sorts items as the workers took them, or, without knowing that, by
// the running time of the worker before.
func inOrder(items []item, takers []int32) []place {
	byWorker := make(map[int32][]place)
	sorted := make([]place, 0, len(items))
	if takers != nil {
		for _, it := range items {
			byWorker[it.src] = append(byWorker[it.src], it.place)
		}
		for _, src := range takers {
			if own := byWorker[src]; len(own) > 0 {
				sorted = append(sorted, own[0])
				byWorker[src] = own[1:]
			}
		}
	}
	if len(sorted) == len(items) {
		return sorted
	}
	slices.SortStableFunc(items, func(a, b item) int { return int(min(max(a.ran-b.ran, -1), 1)) })
	sorted = sorted[:0]
	for _, it := range items {
		sorted = append(sorted, it.place)
	}
	return sorted
}

// deal moves g, which has received from c, on to the next item.
func (s *sim) deal(g *gor, c *channel) {
	d := c.dealt
	if d.next == len(d.items) {
		s.odd.Items++
		g.rem = 0 // receive again
		return
	}
	s.done(g)
	it := d.items[d.next]
	d.next++
	g.src, g.pc = it.src, it.pc
}

// dismiss moves g, which p runs and which has found c closed, on to its tail.
func (s *sim) dismiss(p *proc, g *gor, c *channel) {
	d := c.dealt
	switch {
	case g.extra:
		s.sendHome(g)
		d.extras--
		s.releaseWaiting(p, d)
	case d.extras > 0:
		s.pushBack(&d.waiting, p.cur)
		s.block(p, g, inChan)
	default:
		s.toTail(p.cur, d)
	}
}

// sendHome moves an additional worker to its end.
func (s *sim) sendHome(g *gor) {
	g.pc = int32(len(s.prog.Goroutines[g.src].Ops) - 1)
	g.rem = 0
}

// releaseWaiting lets the workers go that wait for additional ones, after the
// last of these.
func (s *sim) releaseWaiting(p *proc, d *dealt) {
	for d.extras == 0 && d.waiting.n > 0 {
		id := s.popFront(&d.waiting)
		s.toTail(id, d)
		s.ready(p, id)
	}
}

func (s *sim) toTail(id int32, d *dealt) {
	g := &s.gs[id]
	s.done(g)
	pc, ok := d.tails[id]
	if pc == none { // a tail that receives again: go on with it
		s.odd.Items++
		return
	}
	if !ok {
		pc = int32(len(s.prog.Goroutines[id].Ops) - 1)
	}
	d.tails[id] = none
	g.src, g.pc = id, pc
}

// closeDealt tells all that wait to receive that c is closed.
func (s *sim) closeDealt(p *proc, c *channel) {
	d := c.dealt
	s.reverse(&c.receivers)
	for c.receivers.n > 0 {
		id := s.popFront(&c.receivers)
		g := &s.gs[id]
		c.stats.Empty += nanos(s.now - g.since)
		if g.extra {
			s.sendHome(g)
			d.extras--
			s.ready(p, id)
		} else {
			s.pushBack(&d.waiting, id)
		}
	}
	s.releaseWaiting(p, d)
}

// extraWorkers is how many goroutines there will be beside the program's.
func (s *sim) extraWorkers() int {
	n := 0
	for _, more := range s.opt.Workers {
		n += max(0, more)
	}
	return n
}

// launchWorkers starts the additional colleagues of goroutine id, if it is the
// first of its trade.
func (s *sim) launchWorkers(p *proc, id int32) {
	for _, d := range s.staff[uint32(id)] {
		for ; d.wanted > 0; d.wanted-- {
			pc, ok := s.firstReceive(id, d)
			if !ok {
				break
			}
			d.extras++
			colleague := s.gs[id]
			extra := gor{rem: 0, asked: none, src: id, pc: pc, start: colleague.start, next: none, extra: true, head: colleague.head}
			s.gs = append(s.gs, extra)
			s.launch(p, int32(len(s.gs)-1))
		}
	}
}

// firstReceive is where goroutine id receives from the channel of d first.
func (s *sim) firstReceive(id int32, d *dealt) (pc int32, ok bool) {
	ops := s.prog.Goroutines[id].Ops
	for i := range ops {
		op := &ops[i]
		if op.Kind == program.RecvClosed || op.Kind == program.Recv && op.Flags&program.Item != 0 {
			if s.prog.Objects[op.Obj].Class == program.Channel && s.channels[s.slots[op.Obj]].dealt == d {
				return int32(i), true
			}
		}
	}
	return 0, false
}
