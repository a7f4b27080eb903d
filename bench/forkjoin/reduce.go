package forkjoin

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/task/forkjoin"
)

// smallPart is how many numbers a task adds that somebody makes who has not
// measured what a task costs.
const smallPart = 4096

// reduceCase adds numbers: the memory is the limit, so that two cores bring less
// than twice as much.
func reduceCase(n int) contest.Case {
	x := make([]float64, n)
	want := 0.0
	for i := range x {
		x[i] = float64(i % 1024)
		want += x[i] // an integer below 1<<53, whatever the order
	}
	c := contest.Case{
		Name: fmt.Sprintf("reduce %s", count(n)),
		Op:   "a number",
		Unit: n,
		Subjects: []contest.Subject{
			subject(serial, contest.Reference, n, want, func() float64 { return sum(x) }),
			subject(reduce, contest.Ours, n, want, func() float64 {
				return must(forkjoin.Reduce(context.Background(), n,
					func(lo, hi int) float64 { return sum(x[lo:hi]) },
					func(a, b float64) float64 { return a + b }))
			}),
			subject("goroutines, 4096 each", contest.Rival, n, want, func() float64 {
				return sumEach(eachGo, x, (n+smallPart-1)/smallPart)
			}),
		},
		Targets: []contest.Target{noSlower(reduce, halves, 1.05)},
	}
	c.Subjects = append(c.Subjects, rivals(", halves", n, want, func(all each) float64 { return sumEach(all, x, 2) })...)
	return c
}

func sumEach(all each, x []float64, parts int) float64 {
	sums := make([]float64, parts)
	all(parts, func(i int) { sums[i] = sum(x[i*len(x)/parts : (i+1)*len(x)/parts]) })
	return sum(sums)
}

func sum(x []float64) float64 {
	var a, b, c, d float64
	for ; len(x) >= 4; x = x[4:] {
		a += x[0]
		b += x[1]
		c += x[2]
		d += x[3]
	}
	for _, v := range x {
		a += v
	}
	return a + b + c + d
}

// count writes a number as people say it.
func count(n int) string {
	switch {
	case n >= 10_000_000:
		return fmt.Sprintf("%.0fM", float64(n)/1e6)
	case n >= 1_000_000:
		return fmt.Sprintf("%.1fM", float64(n)/1e6)
	}
	return fmt.Sprintf("%dk", n/1000)
}
