package law

import (
	"fmt"
	"math"
)

// Curve is a law with its parameters filled in: a speed-up for every number of
// cores. Speedup(1) is 1. The efficiency of every Curve of this package never
// rises with the number of cores.
type Curve interface {
	Speedup(cores int) float64
	Limit() float64
}

// Amdahl is the law of a problem of fixed size: S(n) = 1 / (s + (1-s)/n).
// Ten per cent serial work caps at 10x, whatever is bought.
type Amdahl struct {
	Serial float64 // fraction of the one-core time, 0 to 1
}

// Speedup is S(cores).
func (a Amdahl) Speedup(cores int) float64 {
	n := atLeastOne(cores)
	return 1 / (a.Serial + (1-a.Serial)/n)
}

// Limit is 1/s, and +Inf without serial work.
func (a Amdahl) Limit() float64 {
	if a.Serial == 0 {
		return math.Inf(1)
	}
	return 1 / a.Serial
}

// Gustafson is the law of a problem that grows with the machine so that the
// time stays: S(n) = n - s(n-1). It has no strict cap.
type Gustafson struct {
	Serial float64 // fraction of the time on n cores, 0 to 1
}

// Speedup is S(cores), scaled: against one core doing the grown problem.
func (g Gustafson) Speedup(cores int) float64 {
	n := atLeastOne(cores)
	return n - g.Serial*(n-1)
}

// Limit is +Inf, save for work that is wholly serial.
func (g Gustafson) Limit() float64 {
	if g.Serial >= 1 {
		return 1
	}
	return math.Inf(1)
}

// USL is Gunther's universal scalability law:
// S(n) = n / (1 + a(n-1) + b·n(n-1)). With b = 0 it is Amdahl's law, and a is
// the serial fraction.
type USL struct {
	Contention float64 // a: waiting for what only one can hold, 0 to 1
	Coherence  float64 // b: each talking to each other, >= 0
}

// Speedup is S(cores).
func (u USL) Speedup(cores int) float64 {
	n := atLeastOne(cores)
	return n / (1 + u.Contention*(n-1) + u.Coherence*n*(n-1))
}

// Limit is 0 when there is any coherence cost: beyond the peak more cores make
// it slower without end. See [USL.Best] for the best that can be had.
func (u USL) Limit() float64 {
	if u.Coherence > 0 {
		return 0
	}
	return Amdahl{u.Contention}.Limit()
}

// Best is the number of cores with the highest speed-up, at the top of the
// curve near sqrt((1-a)/b). ok is false when the curve has no top: it rises
// for ever, or the top lies beyond every machine ([Unlimited]).
func (u USL) Best() (cores int, ok bool) {
	if !(u.Coherence > 0) {
		return Unlimited, false
	}
	top := math.Sqrt(max(0, 1-u.Contention) / u.Coherence)
	if top >= Unlimited {
		return Unlimited, false
	}
	cores = max(1, int(top))
	if u.Speedup(cores+1) > u.Speedup(cores) {
		cores++
	}
	return cores, true
}

// Unlimited is the number of cores that stands for "as many as you like". No
// machine comes near it.
const Unlimited = 1 << 30

// Efficiency is S(cores)/cores: the share of the cores that is put to use.
func Efficiency(c Curve, cores int) float64 {
	return c.Speedup(cores) / atLeastOne(cores)
}

// CoresFor is the largest number of cores that are still used with the wished
// efficiency, between 0 and 1. It is [Unlimited] when every number is, and at
// least 1.
func CoresFor(c Curve, efficiency float64) int {
	enough := func(n int) bool { return Efficiency(c, n) >= efficiency*(1-1e-12) }
	if enough(Unlimited) {
		return Unlimited
	}
	low, high := 1, Unlimited // enough(low) or low is 1; never enough(high)
	for high-low > 1 {
		mid := low + (high-low)/2
		if enough(mid) {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// WorkSpan is a computation seen as a graph: Work is all its running time
// added up, Span the longest chain in it. Any unit of time, the same for both.
type WorkSpan struct {
	Work, Span float64
}

// Parallelism is Work/Span: the average number of cores that the computation
// could ever use.
func (w WorkSpan) Parallelism() float64 { return w.Work / w.Span }

// Lower is the time that no schedule on that many cores can beat: the larger
// of Work/n and Span.
func (w WorkSpan) Lower(cores int) float64 {
	return max(w.Work/atLeastOne(cores), w.Span)
}

// Upper is the time that every greedy schedule keeps (one that leaves no core
// idle while something can run): Span + (Work-Span)/n. Brent 1974; Graham
// proved the same for list schedules in 1966.
func (w WorkSpan) Upper(cores int) float64 {
	return w.Span + max(0, w.Work-w.Span)/atLeastOne(cores)
}

// Speedup is the least and the most that a greedy schedule can gain over one
// core.
func (w WorkSpan) Speedup(cores int) (least, most float64) {
	return w.Work / w.Upper(cores), w.Work / w.Lower(cores)
}

// Fraction checks a fraction that a user gave: from 0 to 1, and a number.
func Fraction(f float64) error {
	if !(f >= 0 && f <= 1) {
		return fmt.Errorf("%v is not a fraction between 0 and 1", f)
	}
	return nil
}

func atLeastOne(cores int) float64 { return float64(max(1, cores)) }
