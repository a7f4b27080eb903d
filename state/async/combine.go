package async

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/trivet-go/trivet/internal/park"
)

// ErrNothing is returned by Any and Race of no futures: there will never be a
// result.
var ErrNothing = errors.New("async: no futures to wait for")

// All waits for all futures and returns their values, in their order. It returns
// early with the first error that comes, or with the cause of ctx. The futures
// that are still at work go on; who does not want that cancels them.
func All[T any](ctx context.Context, futures ...*Future[T]) ([]T, error) {
	var failed atomic.Pointer[Future[T]]
	err := waitFor(ctx, futures, len(futures), func(f *Future[T]) bool {
		if f.err != nil {
			failed.CompareAndSwap(nil, f)
			return true
		}
		return false
	})
	if err != nil {
		return nil, err
	}
	if f := failed.Load(); f != nil {
		_, err := f.result()
		return nil, err
	}
	values := make([]T, len(futures))
	for i, f := range futures {
		values[i], _ = f.result()
	}
	return values, nil
}

// Any waits for the first future that has a value, and returns it. If all fail
// it returns their errors, joined.
func Any[T any](ctx context.Context, futures ...*Future[T]) (value T, err error) {
	if len(futures) == 0 {
		return value, ErrNothing
	}
	var won atomic.Pointer[Future[T]]
	err = waitFor(ctx, futures, len(futures), func(f *Future[T]) bool {
		return f.err == nil && won.CompareAndSwap(nil, f)
	})
	if err != nil {
		return value, err
	}
	if f := won.Load(); f != nil {
		return f.result()
	}
	var errs []error
	for _, f := range futures {
		_, err := f.result()
		errs = append(errs, err)
	}
	return value, errors.Join(errs...)
}

// Race waits for the first future that has a result, be it a value or an error,
// and returns it.
func Race[T any](ctx context.Context, futures ...*Future[T]) (value T, err error) {
	if len(futures) == 0 {
		return value, ErrNothing
	}
	var first atomic.Pointer[Future[T]]
	err = waitFor(ctx, futures, 1, func(f *Future[T]) bool {
		return first.CompareAndSwap(nil, f)
	})
	if err != nil {
		return value, err
	}
	return first.Load().result()
}

// waitFor waits until n of the futures have results, or enough has returned
// true for one. It returns the cause of ctx if that is done first.
func waitFor[T any](ctx context.Context, futures []*Future[T], n int, enough func(*Future[T]) bool) error {
	if n == 0 {
		return nil
	}
	spot := park.NewSpot()
	var left atomic.Int64
	var over atomic.Bool
	left.Store(int64(n))
	watchers := make([]*watcher, len(futures))
	for i, f := range futures {
		watchers[i] = f.watch(func() {
			if (enough(f) || left.Add(-1) == 0) && over.CompareAndSwap(false, true) {
				spot.Unpark()
			}
		})
	}
	err := spot.Park(ctx)
	if err != nil && over.Load() { // at the same moment
		err = nil
	}
	for i, f := range futures {
		f.unwatch(watchers[i])
	}
	return err
}

// Then returns a future for f of the value of first. f runs as soon as that is
// there, on the goroutine that has brought it, so it should be quick; a step
// that waits for something belongs into [Go]. If first fails so does the new
// one, with the same error; a panic of f is raised by its Await.
func Then[In, Out any](first *Future[In], f func(In) (Out, error)) *Future[Out] {
	next := new(Future[Out])
	first.watch(func() {
		if p := first.takePanic(); p != nil {
			next.fail(p)
			return
		}
		next.apply(func() (out Out, err error) {
			if first.err != nil {
				return out, first.err
			}
			return f(first.value)
		})
	})
	return next
}
