// Package scatter is the scoreboard of questions to many: what it costs to ask
// four, to be ready to ask another one, and what that brings when some are slow.
package scatter

import (
	"context"
	"errors"
	"fmt"
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
	four      = "trivet scatter.Gather"
	inline    = "trivet scatter.Replicas, inline"
	spawned   = "trivet scatter.Replicas"
	plainCall = "a plain call"
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
				{Who: "by hand", Role: contest.Rival, Run: threeByHand},
			},
			Targets: []contest.Target{{Who: four, NS: 1500}},
		},
		{
			Name: "hedge untriggered", Op: "a call", Promise: "calls a function, and would call it again if it took longer than a second",
			Subjects: []contest.Subject{
				{Who: inline, Role: contest.Ours, Run: hedged(scatter.Hedge{After: time.Second, Inline: true})},
				{Who: "trivet scatter.Replicas, inline, by quantile", Role: contest.Ours, Run: hedged(scatter.Hedge{Inline: true})},
				{Who: spawned, Role: contest.Ours, Run: hedged(scatter.Hedge{After: time.Second})},
				{Who: "failsafe-go", Role: contest.Rival, Run: byFailsafe},
				{Who: "by hand", Role: contest.Rival, Run: hedgedByHand},
				{Who: plainCall, Role: contest.Reference, Note: "no hedge", Run: func(n int) {
					for i := range n {
						v, err := reply(context.Background(), i)
						check(i, v, err)
					}
				}},
			},
			Targets: []contest.Target{{Who: inline, NS: 300}},
		},
	}
}

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
		check(i, replies[0], err)
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

func threeByHand(n int) {
	outer, cancel := cancellable()
	defer cancel()
	type outcome struct {
		v   int
		err error
	}
	for i := range n {
		ctx, cancel := context.WithCancel(outer)
		replies := make(chan outcome, 4)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				v, err := reply(ctx, i)
				replies <- outcome{v, err}
			})
		}
		good := 0
		for range 4 {
			o := <-replies
			if o.err == nil {
				check(i, o.v, nil)
				if good++; good == 3 {
					break
				}
			}
		}
		cancel()
		wg.Wait()
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

func byFailsafe(n int) {
	ctx, cancel := cancellable()
	defer cancel()
	e := failsafe.With(hedgepolicy.NewWithDelay[int](time.Second)).WithContext(ctx)
	for i := range n {
		v, err := e.GetWithExecution(func(exec failsafe.Execution[int]) (int, error) { return reply(exec.Context(), i) })
		check(i, v, err)
	}
}

func hedgedByHand(n int) {
	outer, cancel := cancellable()
	defer cancel()
	type outcome struct {
		v   int
		err error
	}
	for i := range n {
		ctx, cancel := context.WithCancel(outer)
		replies := make(chan outcome, 2)
		call := func() {
			v, err := reply(ctx, i)
			replies <- outcome{v, err}
		}
		go call()
		timer := time.NewTimer(time.Second)
		select {
		case o := <-replies:
			check(i, o.v, o.err)
		case <-timer.C:
			go call()
			o := <-replies
			check(i, o.v, o.err)
		case <-ctx.Done():
		}
		timer.Stop()
		cancel()
	}
}
