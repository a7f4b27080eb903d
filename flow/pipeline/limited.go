package pipeline

import (
	"context"
	"time"

	"github.com/trivet-go/trivet"
)

// limited is step below the limit of the worker's stage, if that has one.
func limited[In, Out any](w *worker, step trivet.Step[In, Out]) trivet.Step[In, Out] {
	if w.stage.Limit == nil {
		return step
	}
	return func(ctx context.Context, in In) (out Out, err error) {
		if err := w.enterLimit(); err != nil {
			return out, err
		}
		defer w.leaveLimit(w.mark)
		return step(ctx, in)
	}
}

// limitedFlow is limited for a Flow. While it waits for room for a result it
// does not keep its part of the limit: what makes room may need it.
func limitedFlow[In, Out any](w *worker, flow Flow[In, Out]) Flow[In, Out] {
	if w.stage.Limit == nil {
		return flow
	}
	l := w.stage.Limit
	return func(ctx context.Context, in In, emit func(Out) error) (err error) {
		if err := w.enterLimit(); err != nil {
			return err
		}
		held := true
		defer func() {
			if held {
				l.Release(1)
			}
		}()
		return flow(ctx, in, func(out Out) error {
			l.Release(1)
			held = false
			err := emit(out)
			if err == nil {
				err = l.AcquireFirst(w.ctx, 1)
				held = err == nil
			}
			return err
		})
	}
}

// enterLimit waits for a part of the limit. The worker's mark is then the time
// at which the work begins.
func (w *worker) enterLimit() error {
	l := w.stage.Limit
	if l.TryAcquire(1) {
		if l.Adapts() {
			w.account(&w.stage.busy)
		}
		return nil
	}
	w.blocks()
	defer w.unblocks(&w.stage.backpressured)
	return l.Acquire(w.ctx, 1)
}

func (w *worker) leaveLimit(begin time.Time) {
	if l := w.stage.Limit; l.Adapts() {
		l.Done(1, time.Since(begin), false)
	} else {
		l.Release(1)
	}
}
