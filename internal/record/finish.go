package record

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"golang.org/x/exp/trace"

	"github.com/trivet-go/trivet/internal/program"
)

// finish closes the goroutines that still live and makes the Program.
func (r *reader) finish() (*Recording, error) {
	if !r.frozen {
		r.close(true)
	}
	p := &program.Program{
		Objects: r.objs.all,
		Met:     r.objs.met,
		Stacks:  r.stacks.all,
		GCs:     r.gcs,
		Main:    int(r.main.index),
	}
	for _, g := range r.gors {
		if g.system { // its name was not known when it was taken for one of the program's
			g.ops, g.run, g.waited, g.over = nil, 0, program.Waited{}, false
		}
		if !g.over {
			g.add(program.Op{Kind: program.Cut, Stack: g.blockAt})
		}
		p.Goroutines = append(p.Goroutines, program.Goroutine{
			ID: uint64(g.id), Start: g.start, Parent: g.parent, Site: g.site, Ops: g.ops, Waited: g.waited,
		})
	}
	r.rec.Program = p
	r.rec.Events = r.events
	settleChannels(p)
	holdEarlier(p)
	r.deal(p)
	r.rec.Wall = time.Duration(r.last - r.first)
	r.rec.GCWork = time.Duration(r.gcWork)
	r.rec.System = time.Duration(r.system)
	if r.rec.Tier == Full {
		r.rec.EventCost = eventCost(p)
		r.rec.Removed = takeOff(p, r.rec.EventCost)
	}
	for _, g := range p.Goroutines {
		r.rec.Ops += int64(len(g.Ops))
		for _, op := range g.Ops {
			r.rec.Work += time.Duration(op.Run)
		}
	}
	for _, a := range slices.SortedFunc(maps.Values(r.asks), func(a, b *Ask) int { return cmp.Compare(a.Stack, b.Stack) }) {
		r.rec.Asks = append(r.rec.Asks, *a)
	}
	return r.rec, nil
}

// close ends the window at the last event. If the program ended there, the
// goroutine that runs ended it, whether it is main or another that called
// os.Exit.
func (r *reader) close(ended bool) {
	for _, g := range r.gors {
		if g.over {
			continue
		}
		left := Left{Goroutine: int(g.index), Stack: g.blockAt, For: time.Duration(r.last - g.entered)}
		if g.state == trace.GoWaiting {
			left.Why = g.blocked
		}
		r.rec.Left = append(r.rec.Left, left)
		d := r.account(g, r.last)
		if g.state == trace.GoSyscall { // it may stay there for ever
			r.lostSyscall(g, d)
		}
	}
	if r.main == nil || r.main.index < 0 {
		r.main = r.lastRun
	}
	if r.main == nil { // nobody ever ran
		r.main = &gor{id: 0}
		r.own(r.main)
	}
	if !ended {
		return
	}
	running := func(g *gor) bool {
		return g != nil && !g.over && (g.state == trace.GoRunning || g.state == trace.GoSyscall)
	}
	if !running(r.main) && running(r.lastRun) {
		r.main = r.lastRun
	}
	if running(r.main) {
		r.main.last(program.End)
		r.rec.Ended = true
	}
}

// settleChannels removes receives that nobody's send explains: timers send from
// the system stack, unseen, and a receive that found such a value waiting did
// not wait. It removes sends that nobody's receive explains, as goroutines of
// the runtime are not in the program: os/signal talks with one. It also gives
// channels the values that were in them at the start.
func settleChannels(p *program.Program) {
	sent := make([]int64, len(p.Objects)) // and closed
	values := make([]int64, len(p.Objects))
	got := make([]int64, len(p.Objects))
	for _, g := range p.Goroutines {
		for _, op := range g.Ops {
			switch op.Kind {
			case program.Send:
				sent[op.Obj]++
				values[op.Obj]++
			case program.Close:
				sent[op.Obj]++
			case program.Recv:
				got[op.Obj]++
			}
		}
	}
	for i := range p.Objects {
		if o := &p.Objects[i]; o.Class == program.Channel && sent[i] > 0 && got[i] > sent[i] {
			o.Init = max(o.Init, int32(min(got[i]-sent[i], int64(o.Cap))))
		}
	}
	for _, g := range p.Goroutines {
		for i, op := range g.Ops {
			unexplained := op.Kind == program.Recv && sent[op.Obj] == 0 ||
				op.Kind == program.Send && got[op.Obj] == 0 && values[op.Obj] > int64(p.Objects[op.Obj].Cap)
			if unexplained {
				g.Ops[i] = program.Op{Run: op.Run, Stack: op.Stack, Kind: program.Nop}
			}
		}
	}
}

// holdEarlier lets a goroutine take at its start the locks that it releases
// without having taken them: it took them before the window.
func holdEarlier(p *program.Program) {
	for i := range p.Goroutines {
		g := &p.Goroutines[i]
		var held map[uint32]int
		var missing []program.Op
		for _, op := range g.Ops {
			switch op.Kind {
			case program.Lock, program.RLock:
				if held == nil {
					held = map[uint32]int{}
				}
				held[op.Obj]++
			case program.Unlock, program.RUnlock:
				if held[op.Obj] > 0 {
					held[op.Obj]--
				} else if g.Parent < 0 {
					missing = append(missing, program.Op{Kind: op.Kind - 1, Obj: op.Obj, Stack: op.Stack})
				}
			}
		}
		if len(missing) > 0 {
			g.Ops = append(missing, g.Ops...)
		}
	}
}

// deal finds the channels from which interchangeable workers take items, and
// flags those receives. See program.Program.Dealt. A lone worker counts: one
// can ask what a second would bring. So does one that took nothing: on one core
// often most of them do not.
func (r *reader) deal(p *program.Program) {
	working := map[int32]bool{}
	p.DealtOrder = map[uint32][]int32{}
	for ch := range r.objs.all {
		order, workers := r.objs.takers[ch], r.objs.leavers[ch]
		if len(order) < 2 || !interchangeable(p, workers, order) ||
			slices.ContainsFunc(workers, func(w int32) bool { return working[w] }) {
			continue
		}
		p.Dealt = append(p.Dealt, uint32(ch))
		p.DealtOrder[uint32(ch)] = order
		for _, w := range workers {
			working[w] = true
			ops := p.Goroutines[w].Ops
			for i := range ops {
				if ops[i].Kind == program.Recv && ops[i].Obj == uint32(ch) {
					ops[i].Flags |= program.Item
				}
			}
		}
	}
}

// interchangeable tells whether the goroutines that saw a channel closed were
// all started with one function, none of them is main, and nobody else took
// values from it.
func interchangeable(p *program.Program, workers, takers []int32) bool {
	if len(workers) == 0 {
		return false
	}
	is := map[int32]bool{}
	for _, w := range workers {
		if int(w) == p.Main || p.Goroutines[w].Start != p.Goroutines[workers[0]].Start {
			return false
		}
		is[w] = true
	}
	return !slices.ContainsFunc(takers, func(g int32) bool { return !is[g] })
}

// hooked tells whether the overlay wrote an event for this operation.
func hooked(op program.Op) bool {
	return op.Kind >= program.Lock && op.Kind <= program.Join
}

// enoughOps is how many operations it takes to tell what recording one costs.
const enoughOps = 1000

// eventCost estimates what recording an operation cost: the first percentile
// of the running times before one. In a program that does little else than
// lock and unlock that is the cost; in one that does more it is capped, and its
// operations are too few to matter.
func eventCost(p *program.Program) time.Duration {
	const most = 256 // ns
	var count [most + 1]int
	total := 0
	for _, g := range p.Goroutines {
		for _, op := range g.Ops {
			if hooked(op) {
				count[min(op.Run, most)]++
				total++
			}
		}
	}
	if total < enoughOps {
		return 0
	}
	seen := 0
	for ns, n := range count {
		if seen += n; seen*100 >= total {
			return time.Duration(ns)
		}
	}
	return most
}

// takeOff removes the cost of recording from the running times and returns how
// much that was.
func takeOff(p *program.Program, cost time.Duration) (removed time.Duration) {
	for _, g := range p.Goroutines {
		for i, op := range g.Ops {
			if hooked(op) {
				off := min(op.Run, uint32(cost))
				g.Ops[i].Run -= off
				removed += time.Duration(off)
			}
		}
	}
	return removed
}
