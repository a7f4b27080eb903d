package pipeline

import (
	"context"
	"slices"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/task/limit"
)

// limited is step below the limit of the worker's stage, if that has one.
func limited[In, Out any](w *worker, step trivet.Step[In, Out]) trivet.Step[In, Out] {
	if w.stage.Limit == nil {
		return step
	}
	return func(ctx context.Context, in In) (out Out, err error) {
		held, err := w.enterLimit(ctx)
		if err != nil {
			return out, err
		}
		defer w.leaveLimit(held, w.mark)
		return step(held, in)
	}
}

// limitedFlow is limited for a Flow. While it waits for room for a result it
// does not keep its part of the limit: what makes room may need it.
func limitedFlow[In, Out any](w *worker, flow Flow[In, Out]) Flow[In, Out] {
	if w.stage.Limit == nil {
		return flow
	}
	return func(ctx context.Context, in In, emit func(Out) error) error {
		held, err := w.enterLimit(ctx)
		if err != nil {
			return err
		}
		defer held.End(0, false)
		return flow(held, in, func(out Out) error {
			held.Lend()
			defer held.TakeBack()
			return emit(out)
		})
	}
}

// enterLimit waits for a part of the limit. The worker's mark is then the time
// at which the work begins.
func (w *worker) enterLimit(ctx context.Context) (*limit.Held, error) {
	l := w.stage.Limit
	if l.TryAcquire(1) {
		if l.Adapts() {
			w.account(&w.stage.busy)
		}
		return l.Hold(ctx, 1), nil
	}
	w.blocks()
	defer w.unblocks(&w.stage.backpressured)
	if err := l.Acquire(w.ctx, 1); err != nil {
		return nil, err
	}
	return l.Hold(ctx, 1), nil
}

func (w *worker) leaveLimit(held *limit.Held, begin time.Time) {
	if w.stage.Limit.Adapts() {
		held.End(max(1, time.Since(begin)), false)
	} else {
		held.End(0, false)
	}
}

// lendWhileRunning lends what the caller of a run holds, if a stage may need it.
func (r *run) lendWhileRunning() (takeBack func()) {
	l := limit.LenderOf(r.ctx)
	hasLimit := slices.ContainsFunc(r.nodes, func(n *node) bool { return n.stage.Limit != nil })
	if l == nil || !hasLimit {
		return func() {}
	}
	l.Lend()
	return l.TakeBack
}
