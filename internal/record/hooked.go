package record

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"golang.org/x/exp/trace"

	"github.com/trivet-go/trivet/internal/program"
)

// hooked takes one event of the overlay: a kind, and a word with an address in
// its low 48 bits and an argument above them.
func (r *reader) hooked(ev *trace.Event, kind string, word uint64) {
	g := r.byID[ev.Goroutine()]
	if g == nil || g.system {
		return
	}
	addr, arg := word&(1<<48-1), uint16(word>>48)
	if r.benchmark(g, ev, kind) {
		return
	}
	defer r.objs.flow(kind, addr)
	if r.frozen || g.over || g.index < 0 {
		if kind == "M" {
			r.objs.made(addr, arg, 0)
		}
		return
	}
	r.account(g, ev.Time())
	if op, ok := r.operation(g, ev, kind, addr, arg); ok {
		op.Stack = r.stacks.id(ev.Stack())
		if r.inSelect(op.Stack) {
			op.Flags |= program.FromSelect
		}
		if g.starter && r.onlyStarter(op.Stack) {
			op.Stack = g.site
		}
		r.objs.placed(op)
		r.objs.passed(op, g.index)
		g.add(op)
	}
}

// inSelect tells whether a stack's innermost function is that of select.
func (r *reader) inSelect(stack uint32) bool {
	frames := r.stacks.all[stack]
	return len(frames) > 0 && frames[0].Func == "runtime.selectgo"
}

// operation translates one event; ok is false for those that are no operation
// of a replay.
func (r *reader) operation(g *gor, ev *trace.Event, kind string, addr uint64, arg uint16) (op program.Op, ok bool) {
	o := r.objs
	switch kind {
	case "M":
		o.made(addr, arg, r.stacks.id(ev.Stack()))
		return op, false
	case "S":
		return meet(program.Send, o.channel(addr, arg)), addr != 0
	case "R", "RC":
		if g.timer {
			g.timer = false
			return op, false
		}
		k := program.Recv
		if kind == "RC" {
			k = program.RecvClosed
		}
		return meet(k, o.channel(addr, arg)), addr != 0
	case "C":
		return meet(program.Close, o.channel(addr, arg)), addr != 0
	case "L":
		op = meet(program.Lock, o.lock(addr, program.Mutex))
	case "U":
		op = meet(program.Unlock, o.lock(addr, program.Mutex))
	case "WL":
		op = meet(program.Lock, o.lock(addr, program.RWMutex))
	case "WU":
		op = meet(program.Unlock, o.lock(addr, program.RWMutex))
	case "RL":
		op = meet(program.RLock, o.lock(addr, program.RWMutex))
	case "RU":
		op = meet(program.RUnlock, o.lock(addr, program.RWMutex))
	case "WA":
		op = meet(program.Add, o.waitGroup(addr, int(arg)-32768))
		op.Arg = arg
		return op, true
	case "WW":
		return meet(program.Join, o.joined(addr)), true
	case "SL":
		ns := int64(addr)
		if ns <= 0 {
			return op, false
		}
		g.sleeping = true
		return program.Op{Kind: program.Sleep, Obj: uint32(ns), Arg: uint16(ns >> 32)}, true
	case "Q":
		r.asked(r.stacks.id(ev.Stack()), int(arg))
		return op, false
	default:
		return op, false
	}
	if arg == 1 {
		op.Flags |= program.FromTry
	}
	return op, true
}

func meet(k program.Kind, obj uint32) program.Op { return program.Op{Kind: k, Obj: obj} }

func (r *reader) asked(stack uint32, told int) {
	a := r.asks[stack]
	if a == nil {
		a = &Ask{Stack: stack, Told: told}
		r.asks[stack] = a
	}
	a.Count++
}

// benchmark takes the events of testing's timer. The window is what runs
// between the timer's start by the testing package, or the last reset by the
// benchmark itself, and its final stop, in the last call of the benchmark.
func (r *reader) benchmark(g *gor, ev *trace.Event, kind string) bool {
	switch kind {
	case "BS":
		if byTesting(ev.Stack()) {
			r.restart(g, ev.Time())
		}
	case "BR":
		if !r.frozen && r.rec.Bench && g == r.main {
			r.restart(g, ev.Time())
		}
	case "BE":
		if !r.frozen && g == r.main && byTesting(ev.Stack()) {
			r.freeze(g, ev.Time(), r.stacks.id(ev.Stack()))
		}
	default:
		return false
	}
	return true
}

// byTesting tells whether package testing itself works the timer, not the
// benchmark.
func byTesting(st trace.Stack) bool {
	for f := range st.Frames() {
		switch {
		case isHook(f.Func), strings.HasSuffix(f.Func, "Timer"):
			continue
		}
		return f.Func == "testing.(*B).runN" || f.Func == "testing.(*B).loopSlowPath"
	}
	return false
}

// restart begins the window anew at t: what ran before was preparation.
func (r *reader) restart(main *gor, t trace.Time) {
	r.frozen = false
	r.rec.Bench = true
	r.first, r.last = t, t
	r.mutator, r.gcWork, r.system, r.gcs = 0, 0, 0, nil
	r.rec.Waits = map[Reason]*Wait{}
	r.gors = r.gors[:0]
	r.objs.forget()
	live := slices.SortedFunc(maps.Values(r.byID), func(a, b *gor) int { return cmp.Compare(a.id, b.id) })
	for _, g := range live {
		g.leave(t)
		g.index, g.parent, g.site = -1, -1, 0
		g.ops, g.run, g.waited = nil, 0, program.Waited{}
		g.joinable, g.over, g.sleeping, g.timer = nil, false, false, false
		g.acting = false
	}
	r.main = main
	r.own(main)
	for _, g := range live {
		r.own(g)
	}
}

// freeze ends the window at t. Later events only keep the goroutines' states.
func (r *reader) freeze(main *gor, t trace.Time, stack uint32) {
	for _, g := range r.gors {
		if g.state == trace.GoRunning && !g.over {
			r.account(g, t)
		}
	}
	main.entry = stack
	main.last(program.End)
	r.last = t
	r.rec.Ended = true
	r.frozen = true
}
