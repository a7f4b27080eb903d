package law

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Point is one measured run.
type Point struct {
	Cores   int
	Seconds float64
	Size    float64 // of the problem, in any unit; 0 = not told
}

// Check tells what is wrong with a point that no measurement can give.
func (p Point) Check() error {
	switch {
	case p.Cores < 1 || p.Cores > Unlimited:
		return fmt.Errorf("%d is not a number of cores", p.Cores)
	case !positive(p.Seconds):
		return fmt.Errorf("%v is not a time in seconds", p.Seconds)
	case p.Size != 0 && !positive(p.Size):
		return fmt.Errorf("%v is not a problem size", p.Size)
	}
	return nil
}

// positive says whether f is a quantity that can be divided and squared
// without leaving the numbers.
func positive(f float64) bool { return f > 1e-100 && f < 1e100 }

// Sample is all runs of one problem size on one number of cores.
type Sample struct {
	Cores  int
	Size   float64
	Median float64 // seconds; the fits use it, for one slow run moves it little
	Min    float64
	Max    float64
	Runs   int

	noise float64 // sum of squares of the runs' relative deviations from their mean
}

// Spread is the distance from the fastest to the slowest run, as a fraction of
// the median.
func (s Sample) Spread() float64 { return (s.Max - s.Min) / s.Median }

// Samples groups runs by problem size and cores, and sorts them so.
func Samples(points []Point) []Sample {
	type key struct {
		size  float64
		cores int
	}
	runs := map[key][]float64{}
	for _, p := range points {
		k := key{p.Size, p.Cores}
		runs[k] = append(runs[k], p.Seconds)
	}
	samples := make([]Sample, 0, len(runs))
	for k, seconds := range runs {
		samples = append(samples, newSample(k.cores, k.size, seconds))
	}
	slices.SortFunc(samples, func(a, b Sample) int {
		return cmp.Or(cmp.Compare(a.Size, b.Size), cmp.Compare(a.Cores, b.Cores))
	})
	return samples
}

func newSample(cores int, size float64, seconds []float64) Sample {
	slices.Sort(seconds)
	n := len(seconds)
	s := Sample{Cores: cores, Size: size, Min: seconds[0], Max: seconds[n-1], Runs: n}
	s.Median = (seconds[(n-1)/2] + seconds[n/2]) / 2
	mean := 0.0
	for _, t := range seconds {
		mean += t / float64(n)
	}
	for _, t := range seconds {
		s.noise += (t/mean - 1) * (t/mean - 1)
	}
	return s
}

// BySize splits points into one list for each problem size, smallest first.
func BySize(points []Point) [][]Point {
	bySize := map[float64][]Point{}
	for _, p := range points {
		bySize[p.Size] = append(bySize[p.Size], p)
	}
	lists := make([][]Point, 0, len(bySize))
	for _, list := range bySize {
		lists = append(lists, list)
	}
	slices.SortFunc(lists, func(a, b []Point) int { return cmp.Compare(a[0].Size, b[0].Size) })
	return lists
}

// Noise is the relative standard deviation of one run, pooled over all samples
// that have repeats. ok is false when the repeats are fewer than two in all:
// then the runs say nothing of their noise.
func Noise(samples []Sample) (relative float64, ok bool) {
	squares, freedom := 0.0, 0
	for _, s := range samples {
		squares += s.noise
		freedom += s.Runs - 1
	}
	if freedom < 2 {
		return 0, false
	}
	return math.Sqrt(squares / float64(freedom)), true
}

// medianNoise is the relative standard deviation of a typical sample's median.
// The median of k normal runs is about sqrt(pi/2) wider than their mean, save
// for one run or two, where both are the same.
func medianNoise(samples []Sample) float64 {
	noise, _ := Noise(samples)
	runs := 0
	for _, s := range samples {
		runs += s.Runs
	}
	k := float64(runs) / float64(len(samples))
	if k > 2 {
		k /= math.Pi / 2
	}
	return noise / math.Sqrt(k)
}
