package async

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/park"
)

// ErrNothing is returned by Any and Race of no futures: there will never be a
// result.
var ErrNothing = errors.New("async: no futures to wait for")

// All waits for all futures and returns their values, in their order. It returns
// early with the first error that comes, or with the cause of ctx.
//
// All, [Any] and [Race] start nothing and cancel nothing: the futures that are
// still at work go on, under the context that they were started with. Who does
// not want that starts them under a context to cancel, or in a group of
// task/scoped, which also waits for their end. A panic of a future ends the
// wait at once and is raised, with those of others that are there in Also.
func All[T any](ctx context.Context, futures ...*Future[T]) ([]T, error) {
	var failed atomic.Pointer[Future[T]]
	err := waitFor(ctx, futures, len(futures), func(f *Future[T]) bool {
		return f.err != nil && failed.CompareAndSwap(nil, f)
	})
	if err != nil {
		return nil, err
	}
	if f := failed.Load(); f != nil {
		return nil, f.err
	}
	values := make([]T, len(futures))
	for i, f := range futures {
		values[i] = f.value
	}
	return values, nil
}

// Any waits for the first future that has a value, and returns it. If all fail
// it returns their errors, joined in the order of the futures.
func Any[T any](ctx context.Context, futures ...*Future[T]) (none T, err error) {
	if len(futures) == 0 {
		return none, ErrNothing
	}
	var won atomic.Pointer[Future[T]]
	err = waitFor(ctx, futures, len(futures), func(f *Future[T]) bool {
		return f.err == nil && won.CompareAndSwap(nil, f)
	})
	if err != nil {
		return none, err
	}
	if f := won.Load(); f != nil {
		return f.value, nil
	}
	errs := make([]error, len(futures))
	for i, f := range futures {
		errs[i] = f.err
	}
	return none, errors.Join(errs...)
}

// Race waits for the first future that has a result, be it a value or an error,
// and returns it.
func Race[T any](ctx context.Context, futures ...*Future[T]) (none T, err error) {
	if len(futures) == 0 {
		return none, ErrNothing
	}
	var first atomic.Pointer[Future[T]]
	err = waitFor(ctx, futures, 1, func(f *Future[T]) bool {
		return first.CompareAndSwap(nil, f)
	})
	if err != nil {
		return none, err
	}
	f := first.Load()
	return f.value, f.err
}

// waitFor waits until n of the futures have results, or enough has returned
// true for one, or one has panicked. It returns the cause of ctx if that is done
// first, and raises the panics that are there.
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
			if (f.state.Load() == panicked || enough(f) || left.Add(-1) == 0) && over.CompareAndSwap(false, true) {
				spot.Unpark()
			}
		})
	}
	err := spot.Park(ctx)
	for i, f := range futures {
		f.unwatch(watchers[i])
	}
	if err != nil && !over.Load() {
		return err
	}
	raise(futures)
	return nil
}

// raise panics if any of the futures has.
func raise[T any](futures []*Future[T]) {
	var first *trivet.PanicError
	var also []error
	for _, f := range futures {
		switch p := f.takePanic(); {
		case p == nil || p == first:
		case first == nil:
			first, also = p, []error{p.Also}
		default:
			also = append(also, p)
		}
	}
	if first != nil {
		raised := *first // a copy: others raise it too
		raised.Also = errors.Join(also...)
		panic(&raised)
	}
}

// Then returns a future for f of the value of first. f runs as soon as that is
// there, on the goroutine that has brought it, or at once on the caller's, so it
// should be quick; a step that waits for something belongs into [Go]. If first
// fails so does the new one, with the same error; a panic of either is raised by
// Await of the new one.
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
