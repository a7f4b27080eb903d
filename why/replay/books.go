package replay

import (
	"cmp"
	"slices"
	"strings"

	"github.com/trivet-go/trivet/internal/program"
)

// stood is the stack at which g last stood: where it waited, or was stopped.
func (s *sim) stood(g *gor) uint32 {
	ops := s.prog.Goroutines[g.src].Ops
	if g.rem == none && g.pc > 0 {
		return ops[g.pc-1].Stack
	}
	return ops[g.pc].Stack
}

// closeBooks accounts for what goes on when main ends.
func (s *sim) closeBooks() {
	for _, p := range s.procs {
		if p.doing == running && p.cur != none && s.now > p.from {
			s.charge(p, &s.gs[p.cur], s.now-p.from)
		}
	}
	for i := range s.gs {
		if g := &s.gs[i]; g.state != fresh && g.state != over {
			s.leave(g)
		}
	}
	for i := range s.mutexes {
		m := &s.mutexes[i]
		if m.owner != none {
			m.stats.Hold += nanos(s.now - m.since)
		}
		s.readersChange(m, 0)
	}
	if s.active {
		for _, p := range s.procs {
			if p.doing == collecting {
				p.stats.GC += nanos(s.now - s.begun)
			}
		}
	}
}

func (s *sim) result() *Result {
	head := s.gs[s.last].head
	s.closeBooks()
	r := &Result{
		Cores:    s.opt.Cores,
		Wall:     nanos(s.now),
		Work:     nanos(s.work),
		Path:     s.path(head),
		Objects:  s.objectStats(),
		Events:   s.events,
		Starts:   s.starts,
		Sched:    s.sched,
		GC:       s.did,
		Ops:      s.ops,
		Left:     s.totalOps() - s.ops,
		Cut:      s.mainIsCut(),
		Oddities: s.odd,
	}
	if !s.unlimited {
		r.Cores = len(s.procs)
		for _, p := range s.procs {
			r.Procs = append(r.Procs, p.stats)
		}
	}
	r.Average = averages(r)
	slices.SortStableFunc(r.Starts, func(a, b Start) int { return cmp.Compare(b.Run, a.Run) })
	return r
}

func (s *sim) totalOps() int64 {
	n := int64(0)
	for i := range s.prog.Goroutines {
		n += int64(len(s.prog.Goroutines[i].Ops))
	}
	return n
}

func (s *sim) mainIsCut() bool {
	ops := s.prog.Goroutines[s.prog.Main].Ops
	return ops[len(ops)-1].Kind == program.Cut
}

func averages(r *Result) Average {
	var sum Start
	for i := range r.Starts {
		st := &r.Starts[i]
		sum.Run += st.Run
		sum.Ready += st.Ready
		sum.Lock += st.Lock
		sum.Chan += st.Chan
		sum.Join += st.Join
		sum.Other += st.Other
		sum.Sleep += st.Sleep
		sum.IO += st.IO
		sum.Syscall += st.Syscall
	}
	wall := float64(max(1, r.Wall))
	return Average{
		Running: float64(sum.Run) / wall,
		Ready:   float64(sum.Ready) / wall,
		Lock:    float64(sum.Lock) / wall,
		Chan:    float64(sum.Chan) / wall,
		Join:    float64(sum.Join) / wall,
		Other:   float64(sum.Other) / wall,
		Sleep:   float64(sum.Sleep) / wall,
		IO:      float64(sum.IO) / wall,
		Syscall: float64(sum.Syscall) / wall,
	}
}

// objectStats is what happened at the objects at which something did.
func (s *sim) objectStats() []Object {
	var all []Object
	for i := range s.prog.Objects {
		var o Object
		slot := s.slots[i]
		switch s.prog.Objects[i].Class {
		case program.Mutex, program.RWMutex:
			if slot != dropped {
				o = s.mutexStats(slot, max(1, s.opt.Shard[uint32(i)]))
			}
		case program.Channel:
			c := &s.channels[slot]
			o = c.stats
			o.Wait = o.Full + o.Empty
			o.MaxWaiters = max(c.senders.most, c.receivers.most, c.closers.most)
		case program.WaitGroup:
			o = s.groups[slot].stats
			o.MaxWaiters = s.groups[slot].waiters.most
		case program.Cond:
			o = s.conds[slot].stats
			o.MaxWaiters = s.conds[slot].waiters.most
		}
		if o.Ops > 0 {
			o.Obj = uint32(i)
			all = append(all, o)
		}
	}
	return all
}

// mutexStats sums up the shards of a mutex.
func (s *sim) mutexStats(slot int32, shards int) Object {
	var sum Object
	for i := range shards {
		m := &s.mutexes[int(slot)+i]
		sum.Ops += m.stats.Ops
		sum.Wait += m.stats.Wait
		sum.Hold += m.stats.Hold
		sum.ReadHold += m.stats.ReadHold
		sum.MaxWaiters = max(sum.MaxWaiters, m.waiters.most, m.blocked.most)
	}
	return sum
}

// path sums up the chain that ends with head.
func (s *sim) path(head int32) []Link {
	type key struct {
		kind  Kind
		where program.Frame
		lock  uint32
	}
	var path []Link
	index := map[key]int{}
	frames := map[uint32]program.Frame{}
	for ; head > 0; head = s.links[head].prev {
		l := &s.links[head]
		frame, ok := frames[l.stack]
		if !ok {
			frame = UserFrame(s.prog.Stacks[l.stack])
			frames[l.stack] = frame
		}
		k := key{l.kind, frame, l.lock}
		i, ok := index[k]
		if !ok {
			i = len(path)
			index[k] = i
			path = append(path, Link{Kind: l.kind, Where: frame, Stack: l.stack, Holding: int(l.lock) - 1})
		}
		path[i].Time += nanos(l.time)
		path[i].Count += l.count
	}
	slices.SortStableFunc(path, func(a, b Link) int { return cmp.Compare(b.Time, a.Time) })
	return path
}

// UserFrame is the first frame of a stack, leaf first, that is not in the
// runtime's or sync's machinery: the line that a user would name. It is the
// leaf when all are.
func UserFrame(stack []program.Frame) program.Frame {
	for _, f := range stack {
		if !machinery(f.Func) {
			return f
		}
	}
	if len(stack) > 0 {
		return stack[0]
	}
	return program.Frame{}
}

func machinery(fn string) bool {
	for _, pkg := range []string{"runtime", "sync", "internal", "syscall"} {
		if rest, ok := strings.CutPrefix(fn, pkg); ok && (strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "/")) {
			return true
		}
	}
	return false
}
