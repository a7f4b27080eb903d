package replay

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/trivet-go/trivet/internal/program"
	"pgregory.net/rapid"
)

// anyProgram is valid, but makes no sense: operations at random.
func anyProgram(t *rapid.T) *program.Program {
	p := &program.Program{Stacks: [][]program.Frame{nil, {{File: "a.go", Line: 1}}, {{File: "b.go", Line: 2}}}}
	for class := program.Mutex; class <= program.Event; class++ {
		p.Objects = append(p.Objects, program.Object{Class: class, Cap: rapid.Uint32Range(0, 2).Draw(t, "cap")})
	}
	p.Objects = append(p.Objects, program.Object{Class: program.Mutex}, program.Object{Class: program.Channel})
	if rapid.Bool().Draw(t, "dealt") {
		p.Dealt = []uint32{uint32(program.Channel)}
	}
	n := rapid.IntRange(1, 6).Draw(t, "goroutines")
	toSpawn := uint32(1)
	for g := range n {
		var ops []program.Op
		for range rapid.IntRange(0, 12).Draw(t, "ops") {
			op := anyOp(t)
			if op.Kind == program.Spawn {
				if toSpawn >= uint32(n) {
					continue
				}
				op.Obj = toSpawn
				toSpawn++
			}
			ops = append(ops, op)
		}
		last := rapid.SampledFrom([]program.Kind{program.End, program.End, program.Cut}).Draw(t, "last")
		p.Goroutines = append(p.Goroutines, program.Goroutine{ID: uint64(g), Ops: append(ops, program.Op{Kind: last})})
	}
	for range rapid.IntRange(0, 2).Draw(t, "cycles") {
		d := func() int64 { return rapid.Int64Range(0, 3000).Draw(t, "gc") }
		p.GCs = append(p.GCs, program.GC{At: d(), Work: d(), STW: d()})
	}
	return p
}

// objectsOf are the objects of anyProgram that an operation works on.
var objectsOf = map[program.Kind][]uint32{
	program.Lock: {0, 1, 6}, program.Unlock: {0, 1, 6}, program.RLock: {1}, program.RUnlock: {1},
	program.Send: {2, 7}, program.Recv: {2, 7}, program.RecvClosed: {2, 7}, program.Close: {2, 7},
	program.Add: {3}, program.Join: {3},
	program.CondWait: {4}, program.CondSignal: {4}, program.CondBroadcast: {4},
	program.Signal: {5}, program.Wait: {5},
}

func anyOp(t *rapid.T) program.Op {
	op := program.Op{
		Run:   rapid.Uint32Range(0, 2000).Draw(t, "run"),
		Stack: rapid.Uint32Range(0, 2).Draw(t, "stack"),
		Kind:  rapid.SampledFrom(kinds).Draw(t, "kind"),
	}
	switch objs := objectsOf[op.Kind]; {
	case objs != nil:
		op.Obj = rapid.SampledFrom(objs).Draw(t, "obj")
	case op.Kind == program.Sleep || op.Kind == program.IO || op.Kind == program.Syscall:
		op.Obj = rapid.Uint32Range(0, 2000).Draw(t, "delay")
	}
	switch op.Kind {
	case program.Recv:
		op.Flags = rapid.SampledFrom([]uint8{0, program.Item, program.Item}).Draw(t, "flags")
	case program.Add:
		op.Arg = uint16(32768 + rapid.IntRange(-1, 2).Draw(t, "delta"))
	}
	return op
}

var kinds = func() []program.Kind {
	var all []program.Kind
	for k := range program.NumKinds {
		if k != program.End && k != program.Cut {
			all = append(all, k)
		}
	}
	return all
}()

func anyChanges(t *rapid.T, p *program.Program) Changes {
	c := Changes{
		NoLocks: rapid.IntRange(0, 5).Draw(t, "no locks") == 0,
		NoGC:    rapid.Bool().Draw(t, "no gc"),
	}
	if rapid.Bool().Draw(t, "drop") {
		c.Drop = []uint32{6}
	}
	if rapid.Bool().Draw(t, "shard") {
		c.Shard = map[uint32]int{0: 2, 1: 3, 6: 2}
	}
	if rapid.Bool().Draw(t, "capacity") {
		c.Capacity = map[uint32]int{2: rapid.IntRange(0, 3).Draw(t, "capacity")}
	}
	if rapid.Bool().Draw(t, "speed") {
		c.Speed = []Speed{{Factor: 0.5, File: "a.go"}, {Factor: 0, Holding: []uint32{0, 1}}, {Factor: 3, Stacks: []uint32{2}}}
	}
	if p.Dealt != nil {
		c.Workers = map[uint32]int{p.Dealt[0]: rapid.IntRange(0, 3).Draw(t, "workers")}
	}
	return c
}

// Whatever a program does: its replay ends, with books that balance or with a
// StuckError that names somebody.
func TestAnyProgram(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	rapid.Check(t, func(rt *rapid.T) {
		p := anyProgram(rt)
		opt := anyOptions(rt)
		opt.Changes = anyChanges(rt, p)
		r, err := Run(ctx, p, opt)
		var stuck *StuckError
		switch {
		case errors.As(err, &stuck):
			if len(stuck.Waiting) == 0 {
				rt.Errorf("nobody waits: %v", err)
			}
		case err != nil:
			rt.Fatal(err)
		default:
			checkBooks(rt, r)
		}
	})
}
