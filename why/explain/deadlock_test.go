package explain

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trivet-go/trivet/internal/program"
	"github.com/trivet-go/trivet/internal/record"
	"github.com/trivet-go/trivet/why"
)

// left is a program that was stopped while all its goroutines waited.
func left() *record.Set {
	b := program.Build()
	ch := b.Chan("ch", 0)
	main := b.Main()
	for range 2 {
		main.Go("main.worker").Run(ms1).At("d.go:7")
	}
	main.Run(ms1).At("d.go:9").Send(ch)
	p := b.Program()
	p.Stacks = append(p.Stacks,
		[]program.Frame{{Func: "runtime.chansend", File: "chan.go", Line: 187}, {Func: "main.main", File: "/d/d.go", Line: 9}},
		[]program.Frame{{Func: "main.worker", File: "/d/d.go", Line: 6}})
	send, recv := uint32(len(p.Stacks)-2), uint32(len(p.Stacks)-1)
	s := set(p)
	s.Stop, s.Best.Ended = "nothing had run for 20s", false
	s.Best.Left = []record.Left{
		{Goroutine: 0, Why: record.OnChannel, Stack: send, For: 20 * time.Second},
		{Goroutine: 1, Why: record.OnLock, Stack: recv, For: 20 * time.Second},
		{Goroutine: 2, Why: record.OnLock, Stack: recv, For: 20 * time.Second},
	}
	return s
}

func hangs(r *Report) bool {
	return slices.ContainsFunc(r.Findings, func(f why.Finding) bool { return f.Rule == "run-hangs" })
}

func TestDeadlockIsSaid(t *testing.T) {
	r := explained(t, left())
	page := printed(t, r)
	for _, want := range []string{"is deadlocked", "main.main waits for a channel at d.go:9", "2 goroutines, main.worker, wait for a lock at d.go:6", "trivet demons"} {
		if !strings.Contains(strings.Join(strings.Fields(page), " "), want) {
			t.Errorf("no %q in:\n%s", want, page)
		}
	}
	if !hangs(r) || len(r.Findings) != 1 || strings.Contains(page, "CHAIN") {
		t.Errorf("findings %+v", r.Findings)
	}
}

func TestWaitingIsNoDeadlock(t *testing.T) {
	for name, change := range map[string]func(*record.Set){
		"for time":    func(s *record.Set) { s.Best.Left[1].Why = record.OnSleep },
		"for network": func(s *record.Set) { s.Best.Left[1].Why = record.OnNetwork },
		"one runs":    func(s *record.Set) { s.Best.Left[1].Why = "" },
		"not long":    func(s *record.Set) { s.Best.Left[2].For = time.Second },
		"at the end":  func(s *record.Set) { s.Best.Ended, s.Stop = true, "" },
	} {
		s := left()
		change(s)
		if r := explained(t, s); hangs(r) || len(r.Deadlock) > 0 {
			t.Errorf("%s: taken for a deadlock: %+v", name, r.Deadlock)
		}
	}
}

// What Go's runtime does before main.main is nobody's work.
func TestRuntimeIsNoUser(t *testing.T) {
	p := alone()
	p.Stacks = append(p.Stacks,
		[]program.Frame{{Func: "runtime.closechan", File: "/go/src/runtime/chan.go", Line: 414}},
		[]program.Frame{{Func: "runtime.chansend", File: "chan.go", Line: 9}, {Func: "main.main", File: "/d/d.go", Line: 9}})
	n := newNames(p, "")
	if f, ok := n.frame(uint32(len(p.Stacks) - 2)); ok {
		t.Errorf("%v is shown", f)
	}
	if w := n.where(uint32(len(p.Stacks) - 1)); w != "d.go:9" {
		t.Errorf("the sender is at %q", w)
	}
}
