package csp

import (
	"context"
	"fmt"
	"iter"
	"time"
)

// Batch yields the values of c in slices of size. A slice has fewer when wait
// has passed since its first value, and at the end. Each slice is the loop's
// own. size is 1 or more; a wait of 0 takes what is there at once.
func Batch[T any](ctx context.Context, c <-chan T, size int, wait time.Duration) iter.Seq[[]T] {
	if size < 1 || wait < 0 {
		panic(fmt.Sprintf("csp: batches of %d values within %v: it takes 1 or more, and no negative time", size, wait))
	}
	return func(yield func([]T) bool) {
		timer := time.NewTimer(0)
		defer timer.Stop()
		for v := range All(ctx, c) {
			timer.Reset(wait)
			batch, more := fill(ctx, c, []T{v}, size, timer.C)
			if batch == nil || !yield(batch) || !more {
				return
			}
		}
	}
}

// fill adds values to a batch until it is full or the time is up. It returns nil
// when ctx is done.
func fill[T any](ctx context.Context, c <-chan T, batch []T, size int, timeUp <-chan time.Time) (_ []T, more bool) {
	for len(batch) < size {
		select {
		case v, ok := <-c:
			if !ok {
				return batch, false
			}
			batch = append(batch, v)
			continue
		default:
		}
		select {
		case v, ok := <-c:
			if !ok {
				return batch, false
			}
			batch = append(batch, v)
		case <-timeUp:
			return batch, true
		case <-ctx.Done():
			return nil, false
		}
	}
	return batch, true
}

// Throttle yields the values of c, no more than n in every interval: a token
// bucket that holds n tokens and gets one every interval/n. It is full at the
// start, so that n values may come at once. A value is received only when there
// is a token for it.
func Throttle[T any](ctx context.Context, c <-chan T, n int, interval time.Duration) iter.Seq[T] {
	if n < 1 || interval <= 0 {
		panic(fmt.Sprintf("csp: %d values in %v: it takes 1 or more, and a positive time", n, interval))
	}
	return func(yield func(T) bool) {
		each := interval / time.Duration(n)
		full := time.Now() // when the bucket is full, if nothing more is taken
		for {
			if !until(ctx, full.Add(each-interval)) {
				return
			}
			v, ok := receive(ctx, c)
			if !ok || !yield(v) {
				return
			}
			if now := time.Now(); full.Before(now) {
				full = now
			}
			full = full.Add(each)
		}
	}
}

// until waits for a time. It reports false when ctx is done.
func until(ctx context.Context, when time.Time) bool {
	wait := time.Until(when)
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	_, ok := receive(ctx, timer.C)
	return ok
}
