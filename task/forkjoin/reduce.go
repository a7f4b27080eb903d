package forkjoin

import (
	"context"
	"time"
)

// maxLeaves is into how many leaves a reduction is cut at most.
const maxLeaves = 1024

// Reduce computes the results of leaf for ranges that together are [0, n), and
// combines them, neighbours with neighbours and the lower one first. So combine
// must be associative and need not be commutative. Which ranges there are, and
// which results meet, depends on n alone: the sum of floating-point numbers is
// the same whoever has computed which part, on any machine. For n = 0 it
// returns the zero R.
func Reduce[R any](ctx context.Context, n int, leaf func(lo, hi int) R, combine func(a, b R) R) (R, error) {
	if n <= 0 {
		var none R
		return none, context.Cause(ctx)
	}
	r := reduction[R]{n: n, leaves: min(n, maxLeaves), leaf: leaf, combine: combine}
	return Recurse(ctx, r.reduce, span{0, r.leaves})
}

type reduction[R any] struct {
	n, leaves int
	leaf      func(lo, hi int) R
	combine   func(a, b R) R
	first     *R // the result of the first leaf, if it is there already
}

// start is the index at which a leaf begins. The first n%leaves leaves are
// longer by one.
func (r *reduction[R]) start(leaf int) int {
	return leaf*(r.n/r.leaves) + min(leaf, r.n%r.leaves)
}

func (r *reduction[R]) at(leaf int) R {
	if leaf == 0 && r.first != nil {
		return *r.first
	}
	return r.leaf(r.start(leaf), r.start(leaf+1))
}

func (r *reduction[R]) reduce(c *Branch[span, R], part span) R {
	switch {
	case part.len() == 1:
		return r.at(part.lo)
	case part.len() == r.leaves && !r.worthwhile():
		return r.serial(part)
	}
	lower, upper := part.halves()
	f := c.Fork(upper)
	a := r.reduce(c, lower)
	if c.TakeBack(f) {
		return r.combine(a, r.reduce(c, upper))
	}
	return r.combine(a, c.Join(f))
}

// worthwhile computes one leaf of many to see whether a fork is worth it.
func (r *reduction[R]) worthwhile() bool {
	if r.leaves < few {
		return true
	}
	begin := time.Now()
	first := r.at(0)
	took := time.Since(begin)
	r.first = &first
	return took*time.Duration(r.leaves) > shortChunk
}

// serial is reduce without forks: the same tree.
func (r *reduction[R]) serial(part span) R {
	if part.len() == 1 {
		return r.at(part.lo)
	}
	lower, upper := part.halves()
	a := r.serial(lower)
	return r.combine(a, r.serial(upper))
}
