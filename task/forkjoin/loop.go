package forkjoin

import (
	"context"
	"time"

	"github.com/trivet-go/trivet/task/stealing"
)

// A span is a range of indices.
type span struct{ lo, hi int }

func (r span) len() int { return r.hi - r.lo }

func (r span) halves() (lower, upper span) {
	mid := r.lo + r.len()/2
	return span{r.lo, mid}, span{mid, r.hi}
}

// nothing is the result of pieces that have none.
type nothing = struct{}

// For calls body for ranges that together are [0, n), each index once, at the
// same time if somebody helps. Nobody chooses how long the ranges are: they
// grow until they take some microseconds, and when a worker has nothing to
// do it gets half of what is left of somebody's part.
func For(ctx context.Context, n int, body func(lo, hi int)) error {
	l := loop{body}
	_, err := stealing.Run(ctx, l.run, stretch{span{0, n}, 1})
	return err
}

// A loop is a call of For.
type loop struct{ body func(lo, hi int) }

// A stretch is a part of a loop.
type stretch struct {
	span
	chunk int // indices to do at a time
}

const (
	// A chunk takes something between these two: so long that looking at the
	// clock and at who asks costs nothing, and so short that who asks need not
	// wait.
	shortChunk = 5 * time.Microsecond
	longChunk  = 20 * time.Microsecond

	// few is the number of indices from which on one of them is done before
	// the loop is split: it may turn out that it is not worth it.
	few = 64
)

func (l *loop) run(c *Branch[stretch, nothing], r stretch) (_ nothing) {
	for probing := r.len() >= few && r.chunk == 1; r.len() > 0; {
		if c.Wanted() && !probing {
			if r.len() > r.chunk {
				l.split(c, r)
				return
			}
			c.Poll()
		}
		// Never more than an eighth: chunks may grow dearer towards the end.
		chunk := min(r.chunk, r.len()/8+1)
		begin := time.Now()
		l.body(r.lo, r.lo+chunk)
		took := time.Since(begin)
		r.lo += chunk
		switch {
		case took < shortChunk:
			r.chunk = 2 * chunk
		case took > longChunk:
			r.chunk = max(chunk/2, 1)
			probing = false
		default:
			probing = false
		}
	}
	return
}

// split offers the upper half of a stretch and does the lower one.
func (l *loop) split(c *Branch[stretch, nothing], r stretch) {
	lower, upper := r.halves()
	f := c.Fork(stretch{upper, r.chunk})
	l.run(c, stretch{lower, r.chunk})
	c.Join(f)
}

// Map returns the results of f for all items, in their order.
func Map[T, U any](ctx context.Context, items []T, f func(T) U) ([]U, error) {
	results := make([]U, len(items))
	err := For(ctx, len(items), func(lo, hi int) {
		out := results[lo:hi]
		for i, item := range items[lo:hi] {
			out[i] = f(item)
		}
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}
