// Package measure compares two programs on a machine that others also use.
//
// Times of single runs vary by more than what is to be told, and they drift: so
// the two are run in pairs, one directly after the other, in alternating order,
// and what is compared is the ratio within a pair. A pair in which other programs
// held the cores is made again. The median of the ratios is given with a
// confidence interval from order statistics, which assumes nothing about how the
// times are distributed.
package measure

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// Confidence of an interval is at least this, if there are six values or more.
const Confidence = 0.95

// Estimate is a measured value and the interval that it lies in.
type Estimate struct {
	Median, Low, High float64

	Busy bool // other programs disturbed the measurement
}

// Median is the median of values, with the narrowest interval between the k-th
// smallest and the k-th largest that holds the true median with [Confidence]. Of
// fewer than six values no interval does; then it spans them all.
func Median(values []float64) Estimate {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return Estimate{Median: math.NaN(), Low: math.NaN(), High: math.NaN()}
	}
	k := 0
	for k+1 < n-k-1 && coverage(n, k+1) >= Confidence {
		k++
	}
	return Estimate{Median: (sorted[(n-1)/2] + sorted[n/2]) / 2, Low: sorted[k], High: sorted[n-1-k]}
}

// Span is the median of values, with the interval from the smallest to the
// largest: for few, nearly equal ones.
func Span(values []float64) Estimate {
	e := Median(values)
	e.Low, e.High = slices.Min(values), slices.Max(values)
	return e
}

// coverage is the probability that the median of a distribution lies between the
// values number k and n-1-k (from 0) of n drawn from it, in order: that neither
// fewer than k+1 values lie below it, nor fewer than k+1 above.
func coverage(n, k int) float64 {
	tail, term := 0.0, math.Pow(0.5, float64(n)) // term: n choose i, over 2 to the n
	for i := 0; i <= k; i++ {
		tail += term
		term *= float64(n-i) / float64(i+1)
	}
	return 1 - 2*tail
}

// Error is how far p is from the median, as a share of it.
func (e Estimate) Error(p float64) float64 { return p/e.Median - 1 }

// Beyond is how far p is outside the interval, as a share of the interval's
// nearer end; 0 inside.
func (e Estimate) Beyond(p float64) float64 {
	switch {
	case p > e.High:
		return p/e.High - 1
	case p < e.Low:
		return p/e.Low - 1
	}
	return 0
}

// Width of the interval, as a share of the median.
func (e Estimate) Width() float64 { return (e.High - e.Low) / e.Median }

// Runner runs a program once.
type Runner func(context.Context) (Sample, error)

// Comparison is what pairs of runs say.
type Comparison struct {
	Ratios    []float64 // of the pairs that count: first over second
	Disturbed float64   // share of the most disturbed run among them
	Made      int       // pairs made in all, without the one that warmed up
}

// Busy tells that there were not enough undisturbed pairs.
func (c Comparison) Busy() bool { return c.Disturbed > Calm }

// Estimate is the median of the ratios.
func (c Comparison) Estimate() Estimate {
	e := Median(c.Ratios)
	e.Busy = c.Busy()
	return e
}

// Pairs runs a and b one directly after the other, the order alternating, until
// there are n pairs in which neither run was disturbed by other programs, or 3n
// pairs in all; a pair before them warms up. The n least disturbed pairs count.
// Which ones count thus depends on the system's counters, never on the ratio.
func Pairs(ctx context.Context, n int, a, b Runner) (Comparison, error) {
	if _, err := onePair(ctx, 0, a, b); err != nil {
		return Comparison{}, err
	}
	var pairs []pair
	for calm := 0; calm < n && len(pairs) < 3*n; {
		p, err := onePair(ctx, len(pairs)+1, a, b)
		if err != nil {
			return Comparison{}, err
		}
		pairs = append(pairs, p)
		if p.disturbed <= Calm {
			calm++
		}
	}
	c := Comparison{Made: len(pairs)}
	slices.SortStableFunc(pairs, func(p, q pair) int { return cmp.Compare(p.disturbed, q.disturbed) })
	for _, p := range pairs[:n] {
		c.Ratios = append(c.Ratios, p.ratio)
		c.Disturbed = p.disturbed
	}
	return c, nil
}

type pair struct{ ratio, disturbed float64 }

// onePair runs a and b; b first if turn is odd.
func onePair(ctx context.Context, turn int, a, b Runner) (pair, error) {
	var samples [2]Sample
	for i := range 2 {
		which := (turn + i) % 2
		var err error
		if samples[which], err = [2]Runner{a, b}[which](ctx); err != nil {
			return pair{}, err
		}
	}
	return pair{
		ratio:     samples[0].Seconds / samples[1].Seconds,
		disturbed: max(samples[0].Disturbed, samples[1].Disturbed),
	}, nil
}
