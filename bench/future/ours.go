package future

import (
	"context"

	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/state/async"
)

const (
	oursGo      = "trivet async.Go"
	oursGoOrRun = "trivet async.GoOrRun"
	oursPromise = "trivet async.New, Resolve"
	oursValue   = "trivet async.Value"
)

func ours(who string, run func(n int)) contest.Subject {
	return contest.Subject{Who: who, Role: contest.Ours, Run: run}
}

// reply is answer as a step.
func reply(_ context.Context, i int) (int, error) { return answer(i) }

func ourGo(with func(func(context.Context, int)) func(int)) []contest.Subject {
	return []contest.Subject{
		ours(oursGo, with(func(ctx context.Context, n int) {
			for i := range n {
				v, err := async.Go(ctx, reply, i).Await(ctx)
				check(i, v, err)
			}
		})),
		ours(oursGoOrRun, with(func(ctx context.Context, n int) {
			for i := range n {
				v, err := async.GoOrRun(ctx, reply, i).Await(ctx)
				check(i, v, err)
			}
		})),
	}
}

// In a function that has become as large as cases the compiler inlines next to
// nothing, also in the closures that it has copied there from such as this.
//
//go:noinline
func ourKept() []contest.Subject {
	return []contest.Subject{
		ours(oursValue, cancellable(func(ctx context.Context, n int) {
			for i := range n {
				v, err := async.Value(i + 1).Await(ctx)
				check(i, v, err)
			}
		})),
		ours(oursPromise, cancellable(func(ctx context.Context, n int) {
			for i := range n {
				p, f := async.New[int]()
				p.Resolve(i + 1)
				v, err := f.Await(ctx)
				check(i, v, err)
			}
		})),
	}
}

//go:noinline
func ourDone() []contest.Subject {
	return []contest.Subject{ours(oursValue, cancellable(func(ctx context.Context, n int) {
		f := async.Value(1)
		for range n {
			v, err := f.Await(ctx)
			check(0, v, err)
		}
	}))}
}

func ourMany() []contest.Subject {
	return []contest.Subject{ours(oursGo, cancellable(func(ctx context.Context, n int) {
		for i := range n {
			f := async.Go(ctx, reply, i)
			await(func() {
				v, err := f.Await(ctx)
				check(i, v, err)
			})
		}
	}))}
}

func ourShared() []contest.Subject {
	return []contest.Subject{ours("trivet async.Shared", cancellable(func(ctx context.Context, n int) {
		var s async.Shared[int, int]
		for i := range n {
			v, _, err := s.Do(ctx, i, reply)
			check(i, v, err)
		}
	}))}
}

func goTargets() []contest.Target {
	return []contest.Target{{Who: oursGo, Ratio: 1}, {Who: oursGoOrRun, Ratio: 0.75}}
}

func keptTargets() []contest.Target { return []contest.Target{{Who: oursValue, NS: 20}} }
func doneTargets() []contest.Target { return []contest.Target{{Who: oursValue, NS: 2}} }
