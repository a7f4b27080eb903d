// Package measure compares two programs on a machine that others also use.
//
// Times of single runs vary by more than what is to be told, and they drift: so
// the two are run in pairs, one directly after the other, in alternating order,
// and what is compared is the ratio within a pair. The median of the ratios is
// given with a confidence interval from order statistics, which assumes nothing
// about how the times are distributed.
package measure

import (
	"context"
	"math"
	"slices"
)

// Confidence of an interval is at least this, if there are six values or more.
const Confidence = 0.95

// Estimate is a measured value and the interval that it lies in.
type Estimate struct {
	Median, Low, High float64
}

// Median is the median of values, with the narrowest interval between the k-th
// smallest and the k-th largest that holds the true median with [Confidence]. Of
// fewer than six values no interval does; then it spans them all.
func Median(values []float64) Estimate {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return Estimate{math.NaN(), math.NaN(), math.NaN()}
	}
	k := 0
	for k+1 < n-k-1 && coverage(n, k+1) >= Confidence {
		k++
	}
	return Estimate{(sorted[(n-1)/2] + sorted[n/2]) / 2, sorted[k], sorted[n-1-k]}
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

// Pairs runs a and b one directly after the other, n times, the order
// alternating, and returns the ratios a over b of what they returned. A pair
// before them warms up and does not count.
func Pairs(ctx context.Context, n int, a, b func(context.Context) (float64, error)) ([]float64, error) {
	var ratios []float64
	for pair := range n + 1 {
		times := [2]float64{}
		for turn := range 2 {
			which := (pair + turn) % 2
			var err error
			if times[which], err = [2]func(context.Context) (float64, error){a, b}[which](ctx); err != nil {
				return nil, err
			}
		}
		if pair > 0 {
			ratios = append(ratios, times[0]/times[1])
		}
	}
	return ratios, nil
}
