package scoped

import (
	"context"
	"errors"
)

// ErrNoTask is returned by Go for a context that is not that of a task.
var ErrNoTask = errors.New("scoped: the context is not that of a task: use the one that the task got, or Run")

// Go starts f beside the task that ctx belongs to, in the same group, as the
// method does. While it waits the calling task lends its slot. It returns the cause of ctx
// if f was not started because that is done.
func Go(ctx context.Context, f func(context.Context) error) error {
	h := holderOf(ctx)
	switch {
	case h == nil:
		return ErrNoTask
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case h.group.slots.tryAcquire():
		h.group.start(f)
		return nil
	case h.group.later(f):
		return nil
	}
	h.lend()
	defer h.takeBack()
	err := h.group.slots.acquire(ctx)
	if err == nil {
		h.group.start(f)
	}
	return err
}

// Lend lends the slots of the task that ctx belongs to while wait runs, and
// takes them back before others that wait. It is for a task that waits for
// something which another task below the same limit must do: a value from a
// channel, a lock. Elsewhere it only calls wait.
func Lend(ctx context.Context, wait func()) {
	h := holderOf(ctx)
	if h == nil {
		wait()
		return
	}
	h.lend()
	defer h.takeBack()
	wait()
}
