package async

import (
	"context"
	"sync/atomic"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/spawn"
)

// Go starts step(ctx, in) on a goroutine of its own, and returns its result as a
// future, at once. If ctx is done before the goroutine has begun, step is not
// called, and the cause is the result.
//
// The work ends early when ctx does; who wants to end it alone gives it a
// context of its own. It belongs to the group whose task calls Go, as in
// task/scoped: that group waits for it. Elsewhere it is for the caller to await
// the future.
func Go[In, Out any](ctx context.Context, step trivet.Step[In, Out], in In) *Future[Out] {
	j := &job[In, Out]{step: step, in: in}
	j.start(ctx)
	return &j.future
}

// GoOrRun is Go with a saving: if the first to await the future comes before the
// goroutine has begun, it runs step itself. That costs no switch of goroutines,
// but step then runs under the locks that the waiter holds, and with its
// profiler labels; and that Await does not return before step does, although
// its context may be done.
func GoOrRun[In, Out any](ctx context.Context, step trivet.Step[In, Out], in In) *Future[Out] {
	j := &job[In, Out]{step: step, in: in, ctx: ctx}
	j.future.claim = j
	j.start(ctx)
	return &j.future
}

// job is a future with its work, all in one allocation.
type job[In, Out any] struct {
	future Future[Out]
	single spawn.Single
	taken  atomic.Bool // somebody does the work, or has done it
	mine   bool        // it is the goroutine of the job; only that looks

	// Whoever does the work reads these, and forgets them.
	ctx  context.Context // for a waiter
	step trivet.Step[In, Out]
	in   In
}

func (j *job[In, Out]) start(ctx context.Context) {
	if scope := spawn.From(ctx); scope != nil {
		end := func(err error) error { j.End(err); return nil }
		run := func(context.Context) error { return j.Run(ctx) }
		if scope.Start(spawn.Task{Func: j.step, Run: run, End: end}) {
			return
		}
	}
	j.single.Go(ctx, "", j)
}

// Run is for the goroutine of the job.
func (j *job[In, Out]) Run(ctx context.Context) error {
	if j.taken.CompareAndSwap(false, true) {
		j.mine = true
		step, in := j.forget()
		value, err := step(ctx, in)
		j.future.settle(value, err)
	}
	return nil
}

// End gets an error when Run could not begin, or did not return.
func (j *job[In, Out]) End(err error) {
	if err != nil && (j.mine || j.taken.CompareAndSwap(false, true)) {
		j.future.fail("", err)
	}
}

// claim does the work on the goroutine of a waiter, if it has not begun.
func (j *job[In, Out]) claim() {
	if j.taken.Load() || !j.taken.CompareAndSwap(false, true) {
		return
	}
	ctx := j.ctx
	step, in := j.forget()
	j.future.apply(func() (Out, error) {
		if ctx.Err() != nil {
			var none Out
			return none, context.Cause(ctx)
		}
		return step(ctx, in)
	})
}

func (j *job[In, Out]) forget() (step trivet.Step[In, Out], in In) {
	step, in = j.step, j.in
	var none In
	j.ctx, j.step, j.in = nil, nil, none
	return step, in
}
