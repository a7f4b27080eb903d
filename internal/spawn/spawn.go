// Package spawn starts the goroutines of state, task and flow: all of them, by
// one go statement, so that the promises about goroutines are kept in one
// place.
//
//   - Joined. A [Group] waits for what it started. The one exception is a
//     function that ignores its context for longer than a grace time: it is
//     named in a [*trivet.StuckError] instead of hanging the waiter for ever.
//   - Nothing starts once the context is done.
//   - One fate. The first failure cancels the siblings and is what Wait
//     returns; the others are joined to it.
//   - No panic is lost. It is raised again in the waiter after the join, as a
//     [*trivet.PanicError] with the stack of the task. When nobody waits
//     within [ClaimWithin] the process crashes and shows that stack. Keeping
//     it until somebody waits, perhaps never, is the mistake that the standard
//     library made and took back (golang/go#53757, #74275).
//   - runtime.Goexit, which testing's FailNow calls, ends a task with
//     [trivet.ErrGoexit] and hangs nobody.
//   - Named. The profiler label "trivet" and a region of the execution trace
//     carry the name, set once a goroutine.
//
// Everything works inside a testing/synctest bubble: the package keeps no
// state of its own, waits on channels that it makes in the bubble, and takes
// its mutexes for a few instructions only, never while calling user code.
//
// Two ways in: [Group] for tasks with one fate, and [Go] for a single
// goroutine whose owner keeps the books itself, such as a future.
package spawn

import (
	"context"

	"github.com/trivet-go/trivet"
)

// Go runs f(ctx) on a goroutine of its own, then end on the same goroutine
// with what f returned, a *trivet.PanicError or trivet.ErrGoexit. If ctx is
// done before f could begin, f is not called and end gets the cause.
//
// The caller must join: whatever it promises its own caller must wait for end.
// A *trivet.PanicError must be raised in the waiter; see [Unclaimed].
// end must not panic.
func Go(ctx context.Context, name string, f func(context.Context) error, end func(error)) {
	new(Single).Go(ctx, name, &functions{f, end})
}

// Work is what a [Single] does: Run, and then End with what Run returned, a
// *trivet.PanicError or trivet.ErrGoexit, or with the cause of the context if
// that was done before Run could begin. End must not panic.
type Work interface {
	Run(context.Context) error
	End(error)
}

type functions struct {
	run func(context.Context) error
	end func(error)
}

func (f *functions) Run(ctx context.Context) error { return f.run(ctx) }
func (f *functions) End(err error)                 { f.end(err) }

// A Single is one goroutine that belongs to no group. It can be a part of what
// it works for, which saves allocations. It is used once.
type Single struct {
	task task
	id   identity
	work Work
}

// Go is the function Go for a Single.
func (s *Single) Go(ctx context.Context, name string, work Work) {
	s.id = identity{ctx: labelled(ctx, name), name: name, hooks: trivet.HooksFrom(ctx)}
	s.work = work
	s.task.id, s.task.run, s.task.owner = &s.id, work, s
	launch(&s.task)
}

func (s *Single) ended(t *task, err error) {
	if !t.started {
		err = context.Cause(s.id.ctx)
	}
	work := s.work
	s.task.run, s.work, s.id.ctx = nil, nil, nil // keeps nothing of the user's alive
	work.End(err)
}
