package consume

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrVisibility is the error of an attempt that took longer than
// [Rules.Visibility], and the cause of its context.
var ErrVisibility = errors.New("consume: the attempt took longer than its visibility timeout")

// errLate is the outcome of an attempt that has been given up already.
var errLate = errors.New("late")

// A lease is the right of one attempt to settle its job. It is lost when the
// time is up, so that an attempt that comes back late changes nothing.
type lease[T any] struct {
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu    sync.Mutex // held for a few instructions
	over  bool
	timer *time.Timer
}

type leaseKey struct{}

// grant begins an attempt that may take the visibility timeout.
func (w *worker[T]) grant(ctx context.Context, j *job[T]) *lease[T] {
	l := &lease[T]{}
	l.ctx, l.cancel = context.WithCancelCause(context.WithValue(ctx, leaseKey{}, l))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer = time.AfterFunc(w.rules.Visibility, func() {
		if l.expire(w.hire) {
			l.cancel(ErrVisibility)
			w.board.failed(j, ErrVisibility)
		}
	})
	return l
}

// expire ends an attempt that takes too long. replace is called before its
// worker can know: that one leaves, and must not be the last.
func (l *lease[T]) expire(replace func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return false
	}
	l.over = true
	replace()
	return true
}

// end ends the attempt. It reports false if that has been done before.
func (l *lease[T]) end() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return false
	}
	l.over = true
	l.timer.Stop()
	return true
}

func (l *lease[T]) extend(d time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return false
	}
	l.timer.Reset(d)
	return true
}

// Extend lets the attempt that ctx belongs to take d longer from now on. It
// returns an error when the time was up already: what the step does from then
// on is in vain.
func Extend(ctx context.Context, d time.Duration) error {
	l, ok := ctx.Value(leaseKey{}).(interface{ extend(time.Duration) bool })
	switch {
	case !ok:
		return errors.New("consume: nothing to extend: the context is not that of an attempt with a visibility timeout")
	case d <= 0:
		return errors.New("consume: an extension by nothing: it takes a positive time")
	case !l.extend(d):
		return ErrVisibility
	}
	return nil
}
