package scoped

import (
	"context"
	"errors"

	"github.com/trivet-go/trivet/task/limit"
)

// ErrNoTask is returned by Go for a context that is not that of a task.
var ErrNoTask = errors.New("scoped: the context is not that of a task: use the one that the task got, or Run")

// Go starts f beside the task that ctx belongs to, in the same group, as the
// method does. It returns the cause of ctx if that is done: then f is not
// started.
func Go(ctx context.Context, f func(context.Context) error) error {
	h := holderOf(ctx)
	switch {
	case h == nil:
		return ErrNoTask
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	if g := h.group; g.slots.tryAcquire() {
		g.start(f)
	} else if !g.later(f) {
		g.wait(f, 1)
	}
	return nil
}

// Lend lends the slots of the task that ctx belongs to, or of the step of a stage
// or a consumer, while wait runs, and takes them back before others that wait. It is for a task that waits for
// something which another task below the same limit must do: a value from a
// channel, a lock. Elsewhere it only calls wait.
func Lend(ctx context.Context, wait func()) {
	l := limit.LenderOf(ctx)
	if l == nil {
		wait()
		return
	}
	l.Lend()
	defer l.TakeBack()
	wait()
}
