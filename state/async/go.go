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
	start(ctx, step, j)
	return &j.future
}

// GoOrRun is Go with a saving: if the first to await the future comes before the
// goroutine has begun, it runs step itself. That costs no switch of goroutines,
// but step then runs under the locks that the waiter holds, and with its
// profiler labels, and no hook sees a task; and that Await does not return
// before step does, although its context may be done.
func GoOrRun[In, Out any](ctx context.Context, step trivet.Step[In, Out], in In) *Future[Out] {
	j := &offer[In, Out]{job: job[In, Out]{step: step, in: in}, ctx: ctx}
	j.future.claim = j
	start(ctx, step, j)
	return &j.future
}

func start(ctx context.Context, step any, work spawn.Work) {
	if scope := spawn.From(ctx); scope != nil {
		t := inGroup{ctx, work}
		if scope.Start(spawn.Task{Func: step, Run: t.run, End: t.end}) {
			return
		}
	}
	spawn.Go(ctx, "", work)
}

// inGroup is work as a task of a group. Its context is that of the caller, which
// may end before that of the group.
type inGroup struct {
	ctx  context.Context
	work spawn.Work
}

func (t inGroup) run(context.Context) error {
	if t.ctx.Err() != nil {
		return context.Cause(t.ctx)
	}
	return t.work.Run(t.ctx)
}

// end keeps the failure of a future from its siblings: it is told to those who
// await it.
func (t inGroup) end(err error) error {
	t.work.End(err)
	return nil
}

// job is a future with its work, in one allocation.
type job[In, Out any] struct {
	future Future[Out]
	ran    bool // step has returned
	step   trivet.Step[In, Out]
	in     In
}

// Run is for the goroutine of the job.
func (j *job[In, Out]) Run(ctx context.Context) error {
	step, in := j.forget()
	j.future.value, j.future.err = step(ctx, in)
	j.ran = true
	return j.future.err
}

// End gets the cause when Run could not begin, or how it did not return.
func (j *job[In, Out]) End(err error) {
	if j.ran {
		j.future.publish()
		return
	}
	j.forget()
	j.future.fail(err)
}

// forget takes the work out: the future may live much longer.
func (j *job[In, Out]) forget() (step trivet.Step[In, Out], in In) {
	step, in = j.step, j.in
	var none In
	j.step, j.in = nil, none
	return step, in
}

// offer is a job that a waiter may take.
type offer[In, Out any] struct {
	job[In, Out]
	ctx   context.Context // for a waiter; whoever takes the job forgets it
	taken atomic.Bool     // somebody does the work, or has done it
	mine  bool            // it is the goroutine of the job; only that looks
}

func (o *offer[In, Out]) take() bool {
	return !o.taken.Load() && o.taken.CompareAndSwap(false, true)
}

// Run does the work, unless a waiter was faster.
func (o *offer[In, Out]) Run(ctx context.Context) error {
	if !o.take() {
		return nil
	}
	o.mine, o.ctx = true, nil
	return o.job.Run(ctx)
}

// End settles the future, unless a waiter does.
func (o *offer[In, Out]) End(err error) {
	if o.mine || o.take() {
		o.ctx = nil
		o.job.End(err)
	}
}

// claim does the work on the goroutine of a waiter, if it has not begun.
func (o *offer[In, Out]) claim() {
	if !o.take() {
		return
	}
	ctx := o.ctx
	o.ctx = nil
	step, in := o.forget()
	o.future.apply(func() (out Out, err error) {
		if ctx.Err() != nil {
			return out, context.Cause(ctx)
		}
		return step(ctx, in)
	})
}
