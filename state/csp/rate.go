package csp

import (
	"context"
	"fmt"
	"iter"
	"time"
)

// Batch yields the values of c in slices of size. A slice has fewer when wait
// has passed since its first value, when c is closed, and when ctx is done: what
// has been received is handed over before the sequence ends. Each slice is the
// loop's own. size is 1 or more; a wait of 0 takes what is there, up to size.
func Batch[T any](ctx context.Context, c <-chan T, size int, wait time.Duration) iter.Seq[[]T] {
	if size < 1 || wait < 0 {
		panic(fmt.Sprintf("csp: batches of %d values within %v: it takes 1 or more, and no negative time", size, wait))
	}
	return func(yield func([]T) bool) {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		for v := range All(ctx, c) {
			timer.Reset(wait)
			batch := fill(ctx, c, []T{v}, size, wait > 0, timer.C)
			if !yield(batch) {
				return
			}
		}
	}
}

// lookEvery is how many values that are there already are taken between two
// looks at the timer; a look costs as much as taking one.
const lookEvery = 64

// fill adds values to a batch until it is full, c is closed, ctx is done or the
// time is up; patient is false if that is so from the start.
func fill[T any](ctx context.Context, c <-chan T, batch []T, size int, patient bool, timeUp <-chan time.Time) []T {
	for len(batch) < size && ctx.Err() == nil {
		if patient && len(batch)%lookEvery == 0 {
			select {
			case <-timeUp:
				return batch
			default:
			}
		}
		v, ok, here := poll(c)
		if !here {
			if !patient {
				return batch
			}
			select {
			case v, ok = <-c:
			case <-timeUp:
				return batch
			case <-ctx.Done():
				return batch
			}
		}
		if !ok {
			return batch
		}
		batch = append(batch, v)
	}
	return batch
}

// Throttle yields n values of c an interval, by a token bucket: it holds n
// tokens and gets one every interval/n, and every value takes one. It is full at
// the start and after a pause, so that n values may come at once, and up to 2n
// in the interval that begins with them. A value is received only when there is
// a token for it.
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
