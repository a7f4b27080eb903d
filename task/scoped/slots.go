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

// release gives one of each back. Which of the goroutines that have lost their
// slots it is does not matter, only their number: who has some may leave them
// to one who has none.
func (s *slots) release() {
	if s.takeLost() {
		return
	}
	if s.own != nil {
		s.own.Release(1)
	}
	if s.shared != nil {
		s.shared.Release(1)
	}
}

// contended reports whether somebody waits for what the slots are of.
func (s *slots) contended() bool {
	return s.own != nil && s.own.Contended() || s.shared != nil && s.shared.Contended()
}

// takeLost reports whether there is one more goroutine without slots, and counts
// it no more.
func (s *slots) takeLost() bool {
	for {
		lost := s.lost.Load()
		if lost == 0 {
			return false
		}
		if s.lost.CompareAndSwap(lost, lost-1) {
			return true
		}
	}
}

// A holder is the context of a task that holds slots. Whoever waits on its
// behalf finds it there.
type holder struct {
	context.Context
	group *Group
	lent  atomic.Bool  // the slots were, at some time
	lends atomic.Int64 // waits under way for which the slots are lent; far below 0 when the task is over
}

type holderKey struct{}

func (h *holder) Value(key any) any {
	if key == (holderKey{}) || key == (limit.LenderKey{}) {
		return h
	}
	return h.Context.Value(key)
}

func holderOf(ctx context.Context) *holder {
	h, _ := ctx.Value(holderKey{}).(*holder)
	return h
}

// taskOver is added to lends at the end of the task, so that nobody who still
// has its context can lend what it does not have any more.
const taskOver = -1 << 40

// end is called when the task has returned.
func (h *holder) end() {
	if h.lends.Add(taskOver) > taskOver { // somebody still waits on its behalf
		h.group.slots.lost.Add(1)
		h.group.runs(1) // over takes it back
	}
}

// Lend gives the slots back, for the first wait of several.
func (h *holder) Lend() {
	if h.lends.Add(1) == 1 {
		h.lent.Store(true)
		h.group.runs(-1)
		h.group.release()
	}
}

// TakeBack waits for slots. When the context is done the task goes on without
// any: it must come to its end.
func (h *holder) TakeBack() {
	if h.lends.Add(-1) != 0 {
		return
	}
	if h.group.slots.reacquire(h.Context) != nil {
		h.group.slots.lost.Add(1)
	}
	h.group.runs(1)
}
