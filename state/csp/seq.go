package csp

import (
	"context"
	"iter"
)

// All yields the values of c until it is closed, or ctx is done. A ctx that is
// done already yields nothing, whatever is in c.
func All[T any](ctx context.Context, c <-chan T) iter.Seq[T] {
	return func(yield func(T) bool) {
		for {
			v, ok := receive(ctx, c)
			if !ok || !yield(v) {
				return
			}
		}
	}
}

// OrDone is All by the name that the pattern has in books about channels.
func OrDone[T any](ctx context.Context, c <-chan T) iter.Seq[T] { return All(ctx, c) }

// Into sends the values of seq to c, and returns nil when all are sent, or the
// cause of ctx when that is done. It does not close c.
func Into[T any](ctx context.Context, c chan<- T, seq iter.Seq[T]) error {
	for v := range seq {
		if !send(ctx, c, v) {
			return context.Cause(ctx)
		}
	}
	return nil
}

// receive reports false when c is closed or ctx is done, at once if ctx is done
// already.
func receive[T any](ctx context.Context, c <-chan T) (v T, ok bool) {
	if ctx.Err() != nil {
		return v, false
	}
	v, ok, here := poll(c)
	if here {
		return v, ok
	}
	select {
	case v, ok = <-c:
		return v, ok
	case <-ctx.Done():
		return v, false
	}
}

// poll receives what is here already. It is tried first everywhere: such a
// select costs about half of one that waits for c and ctx.
func poll[T any](c <-chan T) (v T, ok, here bool) {
	select {
	case v, ok = <-c:
		return v, ok, true
	default:
		return v, false, false
	}
}

// send reports false when ctx is done, at once if it is done already.
func send[T any](ctx context.Context, c chan<- T, v T) bool {
	if ctx.Err() != nil {
		return false
	}
	select {
	case c <- v:
		return true
	default:
	}
	select {
	case c <- v:
		return true
	case <-ctx.Done():
		return false
	}
}
