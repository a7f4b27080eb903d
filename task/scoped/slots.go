package scoped

import (
	"context"
	"sync/atomic"

	"github.com/trivet-go/trivet/task/limit"
)

// slots are what each task of a group takes 1 of: the group's own limit, the
// shared one, both or none; in this order, so that nobody waits in a circle.
type slots struct {
	own, shared *limit.Limit
	lost        atomic.Int64 // tasks that lent their slots and did not get them back
}

func (s *slots) any() bool { return s.own != nil || s.shared != nil }

func (s *slots) tryAcquire() bool {
	if s.own != nil && !s.own.TryAcquire(1) {
		return false
	}
	if s.shared != nil && !s.shared.TryAcquire(1) {
		if s.own != nil {
			s.own.Release(1)
		}
		return false
	}
	return true
}

func (s *slots) acquire(ctx context.Context) error { return s.by(ctx, (*limit.Limit).Acquire) }

// reacquire goes before those who have not begun.
func (s *slots) reacquire(ctx context.Context) error {
	return s.by(ctx, (*limit.Limit).AcquireFirst)
}

func (s *slots) by(ctx context.Context, acquire func(*limit.Limit, context.Context, int) error) error {
	if s.own != nil {
		if err := acquire(s.own, ctx, 1); err != nil {
			return err
		}
	}
	if s.shared != nil {
		if err := acquire(s.shared, ctx, 1); err != nil {
			if s.own != nil {
				s.own.Release(1)
			}
			return err
		}
	}
	return nil
}

func (s *slots) release() {
	if s.own != nil {
		s.own.Release(1)
	}
	if s.shared != nil {
		s.shared.Release(1)
	}
}

// over is called when a task is.
func (s *slots) over() {
	for {
		lost := s.lost.Load()
		if lost == 0 {
			s.release()
			return
		}
		if s.lost.CompareAndSwap(lost, lost-1) {
			return
		}
	}
}

// A holder is the context of a task that holds slots. Whoever waits on its
// behalf finds it there.
type holder struct {
	context.Context
	slots *slots
	group *Group
	lends atomic.Int64 // waits under way for which the slots are lent
}

type holderKey struct{}

func (h *holder) Value(key any) any {
	if key == (holderKey{}) {
		return h
	}
	return h.Context.Value(key)
}

func holderOf(ctx context.Context) *holder {
	h, _ := ctx.Value(holderKey{}).(*holder)
	return h
}

func (h *holder) lend() {
	if h.lends.Add(1) == 1 {
		h.slots.release()
	}
}

// takeBack waits for slots. When the context is done the task goes on without
// any: it must come to its end.
func (h *holder) takeBack() {
	if h.lends.Add(-1) == 0 && h.slots.reacquire(h.Context) != nil {
		h.slots.lost.Add(1)
	}
}
