// Package trivet holds the few words that every layer of Trivet shares: the
// [Step], what a full buffer does ([Overflow]), the [Hooks] that watch a
// program at work, and the errors that say how it failed.
//
// It is the bottom of the library and of the command, depends on the standard
// library alone, and does nothing by itself. Programs import the patterns:
//
//   - state/...: how data is held and handed over
//   - task/...: how one big job is cut up and shared out
//   - flow/...: how work moves through a whole program
//
// # The words
//
// A step turns one input into one output under a context. It is the plug
// between the layers: a pipeline stage, a worker and an asynchronous call take
// a Step; a gather over shards, a fork-join plan, an actor's method and an
// isolated process give one. So a stage may scatter, and its shards may fork
// and join, without adapters and under one context.
//
// A task is a goroutine that the library started and waits for. An item is
// one value on its way through a queue, a stage or a worker. An instance is
// one queue, group, pipeline or actor; the name that its user gave it appears
// in hooks, errors, execution traces and profiles.
//
// # Failure
//
// The first cause wins: it cancels the siblings, is reported first, and the
// others are joined to it. A panic in a task is raised again, as a
// [*PanicError] with its original stack, in the goroutine that waits for the
// task. [ErrGoexit] and [*StuckError] name the two other ways in which a
// function can fail to return.
package trivet

import "context"

// Step is the one-to-one shape of work in every layer.
//
// A Step obeys ctx: it returns soon after ctx is done. It may be called by
// several goroutines at once. Its output must not depend on ctx once the Step
// has returned, because whoever runs the Step may cancel ctx then.
type Step[In, Out any] func(ctx context.Context, in In) (Out, error)
