package program_test

import (
	"strings"
	"testing"
	"time"

	"github.com/trivet-go/trivet/internal/program"
)

func TestBuilder(t *testing.T) {
	b := program.Build()
	mu := b.Mutex("mu")
	main := b.Main()
	w := main.At("main.go:3").Go("worker")
	w.Run(time.Millisecond).At("x.go:12").Lock(mu).Run(time.Microsecond).Unlock(mu)
	w.Run(5).At("x.go:14").Run(6).At("x.go:15 main.go:3").Sleep(time.Hour)
	p := b.Program()

	g := p.Goroutines[1]
	if g.Start != "worker" || g.Parent != 0 || p.Stacks[g.Site][0].Line != 3 {
		t.Errorf("%+v", g)
	}
	type op struct {
		run  time.Duration
		kind program.Kind
		line int
	}
	want := []op{
		{time.Millisecond, program.Lock, 12},
		{time.Microsecond, program.Unlock, 12},
		{5, program.Nop, 14},
		{6, program.Sleep, 15},
		{0, program.End, 15},
	}
	if len(g.Ops) != len(want) {
		t.Fatalf("%+v", g.Ops)
	}
	for i, o := range g.Ops {
		got := op{time.Duration(o.Run), o.Kind, p.Stacks[o.Stack][0].Line}
		if got != want[i] {
			t.Errorf("operation %d: %v, want %v", i, got, want[i])
		}
	}
	if d := g.Ops[3].Delay(); d != int64(time.Hour) {
		t.Errorf("delay %v", time.Duration(d))
	}
	if n := len(p.Stacks[g.Ops[3].Stack]); n != 2 {
		t.Errorf("stack of %d frames", n)
	}
}

func TestLongRunIsSplit(t *testing.T) {
	b := program.Build()
	b.Main().Run(10 * time.Second)
	sum := time.Duration(0)
	ops := b.Program().Goroutines[0].Ops
	for _, op := range ops {
		sum += time.Duration(op.Run)
	}
	if sum != 10*time.Second || len(ops) != 3 {
		t.Errorf("%v in %d operations", sum, len(ops))
	}
}

func TestValidate(t *testing.T) {
	for _, test := range []struct {
		want  string // "" = valid
		spoil func(p *program.Program)
	}{
		{"", func(p *program.Program) {}},
		{"no goroutines", func(p *program.Program) { p.Goroutines = nil }},
		{"main is goroutine 7", func(p *program.Program) { p.Main = 7 }},
		{"stack 0 must be", func(p *program.Program) { p.Stacks = nil }},
		{"stack 9 of", func(p *program.Program) { p.Goroutines[0].Ops[0].Stack = 9 }},
		{"object 5 of 2", func(p *program.Program) { p.Goroutines[1].Ops[0].Obj = 5 }},
		{"object 1 is of class", func(p *program.Program) { p.Goroutines[1].Ops[0].Obj = 1 }},
		{"comes last", func(p *program.Program) { p.Goroutines[1].Ops[0].Kind = program.End }},
		{"comes last", func(p *program.Program) { p.Goroutines[1].Ops = p.Goroutines[1].Ops[:1] }},
		{"not even an end", func(p *program.Program) { p.Goroutines[1].Ops = nil }},
		{"a second time", func(p *program.Program) { p.Goroutines[1].Ops[0] = program.Op{Kind: program.Spawn, Obj: 1} }},
		{"goroutine 8 of 2", func(p *program.Program) { p.Goroutines[0].Ops[0].Obj = 8 }},
		{"unknown kind", func(p *program.Program) { p.Goroutines[1].Ops[0].Kind = 99 }},
		{"is not a channel", func(p *program.Program) { p.Dealt = []uint32{0} }},
		{"taken by goroutine 4", func(p *program.Program) { p.DealtOrder = map[uint32][]int32{1: {4}} }},
	} {
		b := program.Build()
		mu := b.Mutex("mu")
		b.Chan("c", 0)
		b.Main().Go("worker").Lock(mu).Unlock(mu)
		p := b.Program()
		test.spoil(p)
		err := p.Validate()
		if test.want == "" && err == nil {
			continue
		}
		if err == nil || test.want == "" || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}
