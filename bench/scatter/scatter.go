// Package scatter is the scoreboard of questions to many: what it costs to ask
// four, to be ready to ask another one, and what that brings when some are slow.
package scatter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/hedgepolicy"
	"github.com/sourcegraph/conc/pool"
	"golang.org/x/sync/errgroup"

	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/flow/scatter"
)

// Board is the scoreboard.
var Board = contest.Board{
	Name:  "scatter",
	What:  "what it costs to ask four, or to be ready to ask another one",
	Cases: cases,
}

const (
	four    = "trivet scatter.Gather"
	inline  = "trivet scatter.Replicas, inline"
	spawned = "trivet scatter.Replicas"
)

func cases() []contest.Case {
	return []contest.Case{
		{
			Name: "scatter 4, all", Op: "a question to four", Promise: "asks four at once, and returns their replies or the first error, with a context",
			Subjects: []contest.Subject{
				{Who: four, Role: contest.Ours, Run: gather(scatter.Rules{})},
				{Who: "errgroup and a slice", Role: contest.Rival, Run: byErrgroup},
				{Who: "conc pool", Role: contest.Rival, Run: byConc},
				{Who: "WaitGroup.Go and a slice", Role: contest.Reference, Note: "an error cancels nothing", Run: byWaitGroup},
			},
			Targets: []contest.Target{{Who: four, Of: "WaitGroup.Go and a slice", Ratio: 1.3}, {Who: four, NS: 1500}},
		},
		{
			Name: "scatter 4, 3 are enough", Op: "a question to four", Promise: "asks four at once, and returns when three have replied; the fourth is cancelled and waited for",
			Subjects: []contest.Subject{
				{Who: four, Role: contest.Ours, Run: gather(scatter.Rules{Quorum: 3})},
				{Who: "by hand, a channel of replies", Role: contest.Rival, Run: threeByHand},
				{Who: "by hand, WaitGroup.Go, the third cancels", Role: contest.Rival, Run: threeByWaitGroup},
				{Who: "errgroup, the third cancels", Role: contest.Rival, Run: threeByErrgroup},
				{Who: "conc pool, the third cancels", Role: contest.Rival, Run: threeByConc},
			},
			Targets: []contest.Target{{Who: four, NS: 1500}},
		},
		{
			Name: "hedge untriggered, inline", Op: "a call", Promise: "calls a function that obeys its context, and would call it again if it took longer than a second",
			Subjects: []contest.Subject{
				{Who: inline, Role: contest.Ours, Run: hedged(scatter.Hedge{After: time.Second, Inline: true})},
				{Who: inline + ", by quantile", Role: contest.Ours, Run: hedged(scatter.Hedge{Inline: true})},
				{Who: "by hand, inline", Role: contest.Rival, Run: hedgedInlineByHand},
				failsafeGo, spawnedByHand, noHedge,
			},
			Targets: []contest.Target{{Who: inline, NS: 300}},
		},
		{
			Name: "hedge untriggered, spawned", Op: "a call",
			Promise: "calls a function that may ignore its context, would call it again if it took longer than a second, and returns the first reply",
			Subjects: []contest.Subject{
				{Who: spawned, Role: contest.Ours, Run: hedged(scatter.Hedge{After: time.Second})},
				failsafeGo, spawnedByHand, noHedge,
			},
		},
	}
}

var (
	failsafeGo    = contest.Subject{Who: "failsafe-go", Role: contest.Rival, Run: byFailsafe}
	spawnedByHand = contest.Subject{Who: "by hand, spawned", Role: contest.Rival, Run: hedgedByHand}
	noHedge       = contest.Subject{Who: "a plain call", Role: contest.Reference, Note: "no hedge", Run: plainCalls}
)

func reply(_ context.Context, i int) (int, error) { return i + 1, nil }

func check(i, v int, err error) {
	if v != i+1 || err != nil {
		panic(fmt.Sprintf("reply to %d is %d, %v", i, v, err))
	}
}

// cancellable is a context as that of a request.
func cancellable() (context.Context, context.CancelFunc) {
	return context.WithCancel(context.Background())
}

func gather(rules scatter.Rules) func(n int) {
	ask := scatter.Gather(rules, func(r scatter.Replies[int]) (int, error) {
		best := 0
		for _, v := range r.Good() {
			best = max(best, v)
		}
		return best, nil
	}, scatter.Shards(reply, reply, reply, reply)...)
	return func(n int) {
		ctx, cancel := cancellable()
		defer cancel()
		for i := range n {
			v, err := ask(ctx, i)
			check(i, v, err)
		}
	}
}

func byErrgroup(n int) {
	outer, cancel := cancellable()
	defer cancel()
	for i := range n {
		g, ctx := errgroup.WithContext(outer)
		var replies [4]int
		for s := range replies {
			g.Go(func() (err error) {
				replies[s], err = reply(ctx, i)
				return err
			})
		}
		err := g.Wait()
		check(i, max(replies[0], replies[1], replies[2], replies[3]), err)
	}
}

func byConc(n int) {
	outer, cancel := cancellable()
	defer cancel()
	for i := range n {
		p := pool.NewWithResults[int]().WithContext(outer).WithCancelOnError()
		for range 4 {
			p.Go(func(ctx context.Context) (int, error) { return reply(ctx, i) })
		}
		replies, err := p.Wait()
		check(i, slices.Max(replies), err)
	}
}

func byWaitGroup(n int) {
	ctx, cancel := cancellable()
	defer cancel()
	for i := range n {
		var wg sync.WaitGroup
		var replies [4]int
		var errs [4]error
		for s := range replies {
			wg.Go(func() { replies[s], errs[s] = reply(ctx, i) })
		}
		wg.Wait()
		check(i, max(replies[0], replies[1], replies[2], replies[3]), errors.Join(errs[:]...))
	}
}

func hedged(h scatter.Hedge) func(n int) {
	call := scatter.Replicas(h, reply, reply)
	return func(n int) {
		ctx, cancel := cancellable()
		defer cancel()
		for i := range n {
			v, err := call(ctx, i)
			check(i, v, err)
		}
	}
}

func plainCalls(n int) {
	for i := range n {
		v, err := reply(context.Background(), i)
		check(i, v, err)
	}
}

func byFailsafe(n int) {
	ctx, cancel := cancellable()
	defer cancel()
	e := failsafe.With(hedgepolicy.NewWithDelay[int](time.Second)).WithContext(ctx)
	for i := range n {
		v, err := e.GetWithExecution(func(exec failsafe.Execution[int]) (int, error) { return reply(exec.Context(), i) })
		check(i, v, err)
	}
}

// hedgedByHand asks on goroutines of its own and, like failsafe-go, leaves who is
// late to itself.
func hedgedByHand(n int) {
	outer, cancel := cancellable()
	defer cancel()
	for i := range n {
		ctx, cancel := context.WithCancel(outer)
		replies := make(chan outcome, 2)
		call := func() {
			v, err := reply(ctx, i)
			replies <- outcome{v, err}
		}
		go call()
		timer := time.NewTimer(time.Second)
		var o outcome
		select {
		case o = <-replies:
		case <-timer.C:
			go call()
			o = <-replies
		}
		timer.Stop()
		cancel()
		check(i, o.v, o.err)
	}
}

// hedgedInlineByHand asks on the caller's goroutine; the first good reply cancels
// the other request.
func hedgedInlineByHand(n int) {
	outer, cancel := cancellable()
	defer cancel()
	for i := range n {
		ctx, cancel := context.WithCancel(outer)
		second := make(chan outcome, 1)
		timer := time.AfterFunc(time.Second, func() {
			v, err := reply(ctx, i)
			if err == nil {
				cancel()
			}
			second <- outcome{v, err}
		})
		v, err := reply(ctx, i)
		if err == nil {
			cancel()
		}
		if !timer.Stop() {
			if o := <-second; err != nil {
				v, err = o.v, o.err
			}
		}
		cancel()
		check(i, v, err)
	}
}
