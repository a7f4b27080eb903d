package explain

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/trivet-go/trivet/internal/program"
	"github.com/trivet-go/trivet/internal/record"
	"github.com/trivet-go/trivet/internal/show"
	"github.com/trivet-go/trivet/why"
)

const (
	us  = time.Microsecond
	ms1 = time.Millisecond
)

// recorded makes a recording of a program as one core would run it.
func recorded(p *program.Program) *record.Recording {
	rec := &record.Recording{Program: p, Tier: record.Full, Cores: 1, Ended: true, Waits: map[record.Reason]*record.Wait{}}
	for i, g := range p.Goroutines {
		for _, op := range g.Ops {
			rec.Work += time.Duration(op.Run)
			p.Goroutines[i].Waited.Run += int64(op.Run)
		}
		rec.Ops += int64(len(g.Ops))
	}
	rec.Wall = rec.Work
	return rec
}

func set(p *program.Program) *record.Set {
	return &record.Set{Label: "test", Tier: record.Full, Best: recorded(p)}
}

func explained(t *testing.T, s *record.Set) *Report {
	t.Helper()
	r, err := Explain(context.Background(), s, Options{At: []int{1, 2, 4, 8, 16}, Cores: 8})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// pool starts n goroutines that each do what body adds, and joins them.
func pool(b *program.Builder, n int, body func(g *program.G, i int)) *program.G {
	wg := b.WaitGroup("wg")
	main := b.Main()
	main.Add(wg, n)
	for i := range n {
		g := main.Go("main.worker")
		body(g, i)
		g.Done(wg)
	}
	return main.Join(wg)
}

func coarseMutex() *program.Program {
	b := program.Build()
	mu := b.Mutex("mu")
	pool(b, 16, func(g *program.G, _ int) {
		for range 8 {
			g.Run(800 * us).At("tally.go:10").Lock(mu)
			g.Run(200 * us).At("tally.go:12").Unlock(mu)
		}
	})
	return b.Program()
}

func slowStage() *program.Program {
	b := program.Build()
	in, out := b.Chan("parsed", 4), b.Chan("done", 4)
	main := b.Main()
	slow, last := main.Go("main.index"), main.Go("main.print")
	for range 50 {
		main.Run(100 * us).At("p.go:5").Send(in)
		slow.Item(in).Run(400 * us).At("p.go:15").Send(out)
		last.Item(out).Run(50 * us).At("p.go:25")
	}
	b.Dealt(in)
	main.Close(in)
	slow.RecvClosed(in).Close(out)
	end := b.Event("end")
	last.RecvClosed(out).Signal(end)
	main.Wait(end)
	return b.Program()
}

// uneven items through an unbuffered channel: each side waits for the other.
func noSlack() *program.Program {
	b := program.Build()
	ch := b.Chan("parts", 0)
	main := b.Main()
	last := main.Go("main.print")
	for i := range 50 {
		long, short := 100*us, 900*us
		if i%4 < 2 {
			long, short = short, long
		}
		main.Run(long).At("p.go:5").Send(ch)
		last.Item(ch).Run(short).At("p.go:25")
	}
	main.Close(ch)
	end := b.Event("end")
	last.RecvClosed(ch).Signal(end)
	main.Wait(end)
	b.Dealt(ch)
	return b.Program()
}

func stragglers() *program.Program {
	b := program.Build()
	pool(b, 16, func(g *program.G, i int) {
		d := 1 * ms1
		if i == 7 {
			d = 20 * ms1
		}
		g.Run(d).At("s.go:9")
	})
	return b.Program()
}

func serialMerge() *program.Program {
	b := program.Build()
	main := pool(b, 16, func(g *program.G, _ int) { g.Run(2 * ms1).At("m.go:9") })
	done := b.Event("done")
	main.Run(20 * ms1).At("m.go:20").Signal(done)
	return b.Program()
}

func semaphore() *program.Program {
	b := program.Build()
	sem := b.Chan("sem", 2)
	pool(b, 16, func(g *program.G, _ int) {
		g.At("q.go:3").Send(sem).Run(2 * ms1).At("q.go:5").Recv(sem)
	})
	return b.Program()
}

func tiny() *program.Program {
	b := program.Build()
	pool(b, 2000, func(g *program.G, _ int) { g.Run(2 * us).At("t.go:3") })
	return b.Program()
}

func alone() *program.Program {
	b := program.Build()
	b.Main().Run(10 * ms1).At("a.go:3")
	return b.Program()
}

func TestFindingNamesWhatLimits(t *testing.T) {
	for _, c := range []struct {
		rule    string
		program *program.Program
	}{
		{"lock-around-work", coarseMutex()},
		{"slow-stage", slowStage()},
		{"unbuffered-stage", noSlack()},
		{"straggler", stragglers()},
		{"serial-merge", serialMerge()},
		{"semaphore-too-narrow", semaphore()},
		{"tiny-tasks", tiny()},
		{"single-goroutine", alone()},
	} {
		t.Run(c.rule, func(t *testing.T) {
			r := explained(t, set(c.program))
			if len(r.Findings) == 0 || r.Findings[0].Rule != c.rule {
				t.Errorf("findings %+v, want %s first", r.Findings, c.rule)
			}
		})
	}
}

func TestEvenWorkHasNoFinding(t *testing.T) {
	b := program.Build()
	pool(b, 64, func(g *program.G, _ int) { g.Run(ms1).At("e.go:3") })
	r := explained(t, set(b.Program()))
	if len(r.Findings) > 0 || len(r.Flags) > 0 {
		t.Errorf("findings %+v, flags %+v, want none", r.Findings, r.Flags)
	}
	if s := at(r, 8); s < 7.5 || s > 8.01 {
		t.Errorf("S(8) = %.2f, want about 8", s)
	}
}

func at(r *Report, cores int) float64 {
	for _, p := range r.Speedup {
		if p.Cores == cores {
			return p.Predicted
		}
	}
	return 0
}

func TestCoarseMutexIsCappedByItsHold(t *testing.T) {
	r := explained(t, set(coarseMutex()))
	if r.Limit < 4.8 || r.Limit > 5.1 {
		t.Errorf("limit %.2f, want about 5: a fifth of the work is under the lock", r.Limit)
	}
	if math.Abs(r.SelfCheck) > 0.01 {
		t.Errorf("self-check off by %v", r.SelfCheck)
	}
	if r.Laws == nil || r.Laws.USL != nil && r.Laws.USL.Peak != 0 {
		t.Errorf("laws %+v: a curve that only flattens has no peak", r.Laws)
	}
	best := r.WhatIf[0]
	if !strings.Contains(best.Change, "mu") || best.After > 0.75*best.Before {
		t.Errorf("best change %+v, want less of mu", best)
	}
}

// A second worker for the slow stage must be among the changes.
func TestSlowStageIsOfferedAWorker(t *testing.T) {
	r := explained(t, set(slowStage()))
	for _, w := range r.WhatIf {
		if strings.Contains(w.Change, "2 workers") && w.After < 0.7*w.Before {
			return
		}
	}
	t.Errorf("no second worker in %+v", r.WhatIf)
}

func two(one *record.Recording, work time.Duration) []record.Recorded {
	rec := *one
	rec.Cores, rec.Work, rec.Wall = 2, work, work/2
	return []record.Recorded{{Recording: &rec}}
}

func TestInflationWithholdsForecasts(t *testing.T) {
	s := set(coarseMutex())
	s.More = two(s.Best, s.Best.Work*3/2)
	r := explained(t, s)
	for _, p := range r.Speedup {
		if p.Cores > 2 {
			t.Errorf("S(%d) was given although work grows by %.2f on two cores", p.Cores, r.Inflation)
		}
	}
	if !flagged(r, "work-inflation") {
		t.Errorf("flags %+v", r.Flags)
	}
	var text bytes.Buffer
	if err := r.Text(&text, show.Terminal{Width: show.MaxWidth}); err != nil {
		t.Fatal(err)
	}
	if first, _, _ := strings.Cut(text.String(), "\n"); !strings.Contains(first, "1.50") {
		t.Errorf("the first line does not say it: %q", first)
	}
}

func TestSelfCheckIsSaid(t *testing.T) {
	s := set(coarseMutex())
	s.Best.Wall = s.Best.Work * 13 / 10
	r := explained(t, s)
	if !flagged(r, "self-check") {
		t.Errorf("30 %% off, flags %+v", r.Flags)
	}
	if !strings.Contains(verdict(r), "give or take 23 %") {
		t.Errorf("the claim is not widened: %s", verdict(r))
	}
}

func TestStoppedProgramHasNoForecast(t *testing.T) {
	s := set(coarseMutex())
	s.Best.Ended, s.Stop = false, "-for 1s"
	if r := explained(t, s); len(r.Speedup) > 0 || r.Limit != 0 {
		t.Errorf("forecast %+v of a program that was stopped", r.Speedup)
	}
	r, err := Explain(context.Background(), s, Options{At: []int{1, 8}, Cores: 8, Window: Closed})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Speedup) == 0 {
		t.Error("no forecast for a closed window")
	}
}

func TestStuckReplayIsNoNumber(t *testing.T) {
	b := program.Build()
	ch := b.Chan("ch", 0)
	main := b.Main()
	main.Run(ms1).Recv(ch) // nobody sends
	r := explained(t, set(b.Program()))
	if len(r.Speedup) > 0 || len(r.Chain) > 0 || !flagged(r, "stuck-replay") {
		t.Errorf("speedup %v, chain %v, flags %v", r.Speedup, r.Chain, r.Flags)
	}
}

func TestFineGrainIsFlagged(t *testing.T) {
	b := program.Build()
	mu := b.Mutex("mu")
	pool(b, 8, func(g *program.G, _ int) {
		for range 2000 {
			g.Run(us).Lock(mu).Run(us).Unlock(mu)
		}
	})
	if r := explained(t, set(b.Program())); !flagged(r, "fine-handoff") {
		t.Errorf("flags %+v", r.Flags)
	}
}

func TestReportFitsItsPage(t *testing.T) {
	for _, p := range []*program.Program{coarseMutex(), slowStage(), stragglers(), serialMerge(), semaphore(), tiny(), alone()} {
		r := explained(t, set(p))
		r.Flags = append(r.Flags, Flag{"x", strings.Repeat("long words ", 30)}, Flag{"y", "short"}, Flag{"z", "short"}, Flag{"v", "short"})
		r.Fallback = strings.Repeat("a reason ", 20)
		var text bytes.Buffer
		if err := r.Text(&text, show.Terminal{Width: show.MaxWidth, UTF8: true}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimRight(text.String(), "\n"), "\n")
		if len(lines) > 40 {
			t.Errorf("%d lines:\n%s", len(lines), text.String())
		}
		for _, l := range lines {
			if show.Width(l) > 100 {
				t.Errorf("%d columns: %s", show.Width(l), l)
			}
		}
	}
}

func TestJSONHasNoNulls(t *testing.T) {
	out, err := json.Marshal(explained(t, set(alone())))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(out), "null") {
		t.Errorf("null in %s", out)
	}
}

// Every rule that a report can name has a text.
func TestRulesAreExplained(t *testing.T) {
	for _, name := range emitted {
		if _, ok := why.RuleNamed(name); !ok {
			t.Errorf("trivet why %s knows nothing", name)
		}
	}
}

var emitted = []string{
	"run-hangs", "lock-around-work", "slow-stage", "unbuffered-stage", "straggler", "serial-merge", "serial-part", "semaphore-too-narrow", "tiny-tasks",
	"single-goroutine", "io-bound", "work-inflation", "gc-heavy",
	"self-check", "cross-check", "stock-tier", "truncated-recording", "os-preemption", "spread", "fine-handoff",
	"order-in-atomics", "actor-computes", "actor-turns", "timers", "network-inside", "order-as-recorded", "hand-over-as-recorded", "too-short",
}
