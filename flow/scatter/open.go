package scatter

import (
	"context"
	"sync/atomic"

	"github.com/trivet-go/trivet"
)

// Opened is an answer that is still alive: a stream that is read after the
// call, and that ends when the context of its request does.
type Opened[R any] struct {
	Value  R
	cancel atomic.Pointer[context.CancelCauseFunc]
}

// Release ends the context of the request. It may be called more than once.
func (o *Opened[R]) Release() {
	if cancel := o.cancel.Swap(nil); cancel != nil {
		(*cancel)(nil)
	}
}

// Open is [Replicas] for answers that are streams, as the body of a response
// is: the context of the request that has won lives until the answer is
// released, or the caller's own context ends. Hedge.Inline makes no difference.
func Open[Q, R any](h Hedge, replicas ...trivet.Step[Q, R]) func(context.Context, Q) (*Opened[R], error) {
	g, err := newHedger(h, replicas)
	return func(ctx context.Context, q Q) (*Opened[R], error) {
		if err != nil {
			return nil, err
		}
		g.budget.payIn()
		value, cancel, err := g.race(ctx, q)
		if err != nil {
			return nil, err
		}
		o := &Opened[R]{Value: value}
		o.cancel.Store(&cancel)
		return o, nil
	}
}
