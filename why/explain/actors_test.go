package explain

import (
	"strings"
	"testing"

	"github.com/trivet-go/trivet/internal/program"
)

// Sixteen askers have 800 µs of work, and 200 µs for the cashier, eight times each. A
// turn of the cashier runs on a goroutine of its own, started by whoever sent it
// something.
func busyCashier() *program.Program {
	b := program.Build()
	cashier := b.Actor("cashier:main")
	b.Made(cashier, "shop.go:41")
	pool(b, 16, func(g *program.G, i int) {
		answer := b.Chan("answer", 1)
		for range 8 {
			g.Run(800 * us).At("shop.go:10")
			turn := g.Go(actorsPackage + ".(*System).newTurn.func1")
			turn.Lock(cashier).Run(200 * us).At("shop.go:41").Unlock(cashier).Send(answer)
			g.Recv(answer)
		}
	})
	return b.Program()
}

// All work is 128 ms, and that of the cashier 25.6 ms: before its first message and
// after its last one there is 1 ms at least that is not its own.
func TestActorIsTheBound(t *testing.T) {
	r := explained(t, set(busyCashier()))
	if r.Limit < 4.5 || r.Limit > 128/25.6 {
		t.Errorf("bound %.2f, want a little less than 5", r.Limit)
	}
	for _, p := range r.Speedup {
		if p.Predicted > r.Limit {
			t.Errorf("%.2f on %d cores, beyond the bound %.2f", p.Predicted, p.Cores, r.Limit)
		}
	}
	if len(r.Findings) == 0 || r.Findings[0].Rule != "actor-computes" || !strings.Contains(r.Findings[0].Title, "cashier:main, does 20 %") {
		t.Errorf("findings %+v", r.Findings)
	}
	if len(r.Chain) == 0 || r.Chain[0].What != "actor cashier:main" || r.Chain[0].Where != "shop.go:41" {
		t.Errorf("chain %+v", r.Chain)
	}
	if len(r.WhatIf) == 0 || !strings.Contains(r.WhatIf[0].Change, "cashier:main") {
		t.Errorf("what-ifs %+v", r.WhatIf)
	}
	if flagged(r, "tiny-tasks") || flagged(r, "actor-turns") {
		t.Errorf("flags %+v", r.Flags)
	}
}

// Without what the library logs, the bound is none, and the report says so.
func TestActorsThatMayOverlapAreFlagged(t *testing.T) {
	r := explained(t, set(withoutActors(busyCashier())))
	if r.Limit < 10 || !flagged(r, "actor-turns") {
		t.Errorf("bound %.2f, flags %+v", r.Limit, r.Flags)
	}
}

// Two actors that have called each other one after the other meet in a replay that
// orders their messages in another way: then there is a forecast, and a doubt.
func TestActorsThatWouldDeadlockMayOverlap(t *testing.T) {
	b := program.Build()
	one, two := b.Actor("a:one"), b.Actor("a:two")
	fromOne, fromTwo := b.Chan("", 1), b.Chan("", 1)
	const start = actorsPackage + ".(*System).newTurn.func1"
	main := b.Main()
	wg := b.WaitGroup("wg")
	main.Add(wg, 4)
	main.Go(start).Lock(one).Run(ms1).Recv(fromTwo).Unlock(one).Done(wg)
	main.Go(start).Run(2 * ms1).Lock(two).Send(fromTwo).Unlock(two).Done(wg)
	main.Go(start).Lock(two).Run(ms1).Recv(fromOne).Unlock(two).Done(wg)
	main.Go(start).Run(2 * ms1).Lock(one).Send(fromOne).Unlock(one).Done(wg)
	main.Join(wg)
	r := explained(t, set(b.Program()))
	if len(r.Speedup) == 0 || !flagged(r, "actor-turns") || flagged(r, "stuck-replay") {
		t.Errorf("speedup %v, flags %+v", r.Speedup, r.Flags)
	}
}

// What an actor waits for while it handles a message is not under a lock.
func TestActorThatWaitsHoldsNoLock(t *testing.T) {
	r := explained(t, set(busyCashier()))
	for _, q := range r.Review {
		for _, f := range q.Findings {
			if f.Rule != "actor-computes" {
				t.Errorf("%+v", f)
			}
		}
	}
}
