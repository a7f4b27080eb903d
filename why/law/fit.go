package law

import (
	"fmt"
	"math"
)

// Quality tells how well a fitted law meets the points that it was fitted to.
// Errors are relative: 0.03 is 3 % of the measured time.
type Quality struct {
	OneCore      float64 // seconds on one core, by the fit
	Extrapolated bool    // no run had one core: OneCore is a guess beyond the points
	RMS          float64 // root of the mean squared error
	Worst        float64 // the largest error, signed: positive when the law says slower than measured
	WorstAt      int     // the number of cores where it is
	R2           float64 // share of the speed-ups' variance that the law explains; NaN when they have none
	Freedom      int     // samples less parameters: with 1 a good fit is partly luck
}

// AmdahlFit is Amdahl's law fitted to measured times.
type AmdahlFit struct {
	Amdahl
	Quality
	SerialError float64 // standard error of Serial; NaN when the points cannot tell it
}

// USLFit is the universal scalability law fitted to measured times.
type USLFit struct {
	USL
	Quality
	ContentionError float64 // standard errors; NaN when the points cannot tell them
	CoherenceError  float64
	// Declines says that the measured times themselves get worse towards the
	// largest core count, by more than noise.
	Declines bool
}

// Peak is the number of cores with the highest speed-up. ok is false unless
// the measurements decline: a USL fitted to a curve that only flattens always
// invents a peak somewhere.
func (f USLFit) Peak() (cores int, ok bool) {
	if !f.Declines {
		return 0, false
	}
	return f.Best()
}

// What a fit may miss before it is refused.
const (
	maxRMS          = 0.20 // relative error of the law at its points
	maxSerialError  = 0.15 // standard error of a serial fraction
	maxOneCoreError = 0.10 // relative standard error of an extrapolated one-core time
)

// FitAmdahl finds the serial fraction and the one-core time that meet the
// points of one problem size best: T(n) = serial + parallel/n with neither
// negative, by least squares of relative errors over the medians. It needs
// three distinct core counts. Times that rise again with more cores are
// refused: the law cannot follow them, and its limit would lie below what was
// measured. The error is a *[Refusal].
func FitAmdahl(points []Point) (AmdahlFit, error) {
	samples, err := oneSize("amdahl", points, 2)
	if err != nil {
		return AmdahlFit{}, err
	}
	f, err := newFitter("amdahl", samples, func(n, _ float64) []float64 { return []float64{1 / n, 1} })
	if err != nil {
		return AmdahlFit{}, err
	}
	serial, serialError := f.fraction()
	fit := AmdahlFit{Amdahl{serial}, f.quality(), serialError}
	if usl, err := FitUSL(points); err == nil && usl.Declines {
		return fit, &Refusal{"amdahl", WrongShape,
			"the times rise again towards the largest core count, which this law cannot follow", "read the usl fit"}
	}
	return fit, f.judge(serialError)
}

// FitUSL finds contention, coherence and the one-core time that meet the
// points of one problem size best. Multiplied out the law is linear,
// T(n) = parallel/n + contended + coherence·(n-1), so the least squares (of
// relative errors over the medians, none of the three negative) are exact. It
// needs four distinct core counts. The error is a *[Refusal].
func FitUSL(points []Point) (USLFit, error) {
	samples, err := oneSize("usl", points, 3)
	if err != nil {
		return USLFit{}, err
	}
	f, err := newFitter("usl", samples, func(n, _ float64) []float64 { return []float64{1 / n, 1, n - 1} })
	if err != nil {
		return USLFit{}, err
	}
	contention, contentionError := f.fraction()
	coherence, coherenceError := f.coherence()
	fit := USLFit{
		USL:             USL{contention, coherence},
		Quality:         f.quality(),
		ContentionError: contentionError,
		CoherenceError:  coherenceError,
		Declines:        f.declines(),
	}
	return fit, f.judge(contentionError)
}

// fitter is one fit of T(n, size) = coef·columns(n, size). The first column is
// parallel time and the second serial time; any further one vanishes on one
// core.
type fitter struct {
	law     string
	samples []Sample
	columns func(cores, size float64) []float64
	unit    float64 // seconds: times are divided by it, so that squares stay in range
	solution
	variance float64 // of the medians' relative errors; NaN when the points cannot tell it
}

func newFitter(law string, samples []Sample, columns func(cores, size float64) []float64) (*fitter, error) {
	f := &fitter{law: law, samples: samples, columns: columns, unit: samples[0].Median}
	rows := make([][]float64, len(samples))
	for i, s := range samples {
		rows[i] = columns(float64(s.Cores), s.Size)
		for c := range rows[i] {
			rows[i][c] /= s.Median / f.unit
		}
	}
	solved, ok := leastSquares(rows)
	if !ok {
		return nil, &Refusal{law, WrongShape, "the points lie too close together", "measure 1, 2, 4 and 8 cores"}
	}
	f.solution = solved
	f.variance = variance(samples, solved.squares, len(solved.coef))
	return f, nil
}

// oneSize checks the points of a law that knows one problem size, and groups
// them.
func oneSize(law string, points []Point, parameters int) ([]Sample, error) {
	samples, err := check(law, points)
	if err != nil {
		return nil, err
	}
	if first, last := samples[0].Size, samples[len(samples)-1].Size; first != last {
		return nil, &Refusal{law, BadPoint,
			fmt.Sprintf("the points are of several problem sizes, from %v to %v", first, last),
			"fit one size at a time"}
	}
	if len(samples) < parameters+1 {
		return nil, &Refusal{law, TooFewCores,
			fmt.Sprintf("its %d parameters need %d distinct core counts, and the points have %d", parameters, parameters+1, len(samples)),
			"measure more core counts, such as 1, 2, 4 and 8"}
	}
	return samples, nil
}

func check(law string, points []Point) ([]Sample, error) {
	if len(points) == 0 {
		return nil, &Refusal{law, NothingToSay, "there are no points", "measure some runs"}
	}
	for _, p := range points {
		if err := p.Check(); err != nil {
			return nil, &Refusal{law, BadPoint, err.Error(), "cores are whole numbers from 1 up, times are seconds above zero"}
		}
	}
	return Samples(points), nil
}

// variance is that of the medians' relative errors: what the law misses, or
// what the repeats scatter when that is more. With one degree of freedom and
// no repeats a small miss can be luck, so nothing is claimed.
func variance(samples []Sample, squares float64, parameters int) float64 {
	freedom := len(samples) - parameters
	_, repeats := Noise(samples)
	if freedom < 2 && !repeats {
		return math.NaN()
	}
	noise := medianNoise(samples)
	return max(squares/float64(max(1, freedom)), noise*noise)
}

// fraction is the share of the second column in the one-core time, with its
// standard error by the delta method. At a bound the error is not symmetric,
// so none is given.
func (f *fitter) fraction() (share, standardError float64) {
	p, s := f.coef[0], f.coef[1]
	one := p + s
	if !(one > 0) {
		return math.NaN(), math.NaN()
	}
	if p == 0 || s == 0 {
		return s / one, math.NaN()
	}
	return s / one, f.delta(-s/(one*one), p/(one*one))
}

// coherence is the third column's share.
func (f *fitter) coherence() (share, standardError float64) {
	one, c := f.coef[0]+f.coef[1], f.coef[2]
	if c == 0 {
		return 0, math.NaN()
	}
	return c / one, f.delta(-c/(one*one), -c/(one*one), 1/one)
}

// delta is the standard error of a function of the coefficients with these
// partial derivatives.
func (f *fitter) delta(gradient ...float64) float64 {
	sum := 0.0
	for i, gi := range gradient {
		for j, gj := range gradient {
			sum += gi * gj * f.cov[i][j]
		}
	}
	return math.Sqrt(max(0, sum) * f.variance)
}

// at is the fitted time in seconds.
func (f *fitter) at(cores int, size float64) float64 {
	return (residual(f.columns(float64(cores), size), f.coef) + 1) * f.unit
}

func (f *fitter) quality() Quality {
	q := Quality{
		OneCore:      f.at(1, f.samples[0].Size),
		Extrapolated: true,
		RMS:          math.Sqrt(f.squares / float64(len(f.samples))),
		Freedom:      len(f.samples) - len(f.coef),
	}
	var measured, fitted []float64
	for _, s := range f.samples {
		one, here := f.at(1, s.Size), f.at(s.Cores, s.Size)
		measured, fitted = append(measured, one/s.Median), append(fitted, one/here)
		if miss := here/s.Median - 1; math.Abs(miss) >= math.Abs(q.Worst) {
			q.Worst, q.WorstAt = miss, s.Cores
		}
		q.Extrapolated = q.Extrapolated && s.Cores != 1
	}
	q.R2 = explained(measured, fitted)
	return q
}

// explained is R², the coefficient of determination.
func explained(measured, fitted []float64) float64 {
	mean := 0.0
	for _, m := range measured {
		mean += m / float64(len(measured))
	}
	missed, all := 0.0, 0.0
	for i, m := range measured {
		missed += (m - fitted[i]) * (m - fitted[i])
		all += (m - mean) * (m - mean)
	}
	if all <= 1e-18*mean*mean {
		return math.NaN()
	}
	return 1 - missed/all
}

// noise is the relative standard deviation of the medians: from the repeats
// when there are any, else from what the law misses.
func (f *fitter) noise() float64 {
	if _, repeats := Noise(f.samples); repeats {
		return medianNoise(f.samples)
	}
	return math.Sqrt(f.squares / float64(max(1, len(f.samples)-len(f.coef))))
}

// rounding is the relative difference below which two times are the same.
const rounding = 1e-9

// declines says whether the largest core count is slower than the best one by
// more than noise: three standard deviations, for the best is the luckiest of
// several.
func (f *fitter) declines() bool {
	best, last := math.Inf(1), f.samples[len(f.samples)-1].Median
	for _, s := range f.samples {
		best = min(best, s.Median)
	}
	return last > best*(1+3*f.noise()+rounding)
}

// noEffect says whether the medians differ by no more than equal times would
// by noise alone: the range of five to eight of them is below four standard
// deviations 19 times in 20.
func (f *fitter) noEffect() (effect, noise float64, yes bool) {
	low, high := math.Inf(1), 0.0
	for _, s := range f.samples {
		low, high = min(low, s.Median), max(high, s.Median)
	}
	effect, noise = high/low-1, f.noise()
	return effect, noise, noise > rounding && effect < 4*noise
}

// judge refuses a fit that says more than the points do.
func (f *fitter) judge(serialError float64) error {
	refuse := func(reason Reason, try, format string, args ...any) error {
		return &Refusal{f.law, reason, fmt.Sprintf(format, args...), try}
	}
	q := f.quality()
	_, repeats := Noise(f.samples)
	effect, noise, none := f.noEffect()
	// Without repeats the noise is what the law misses, so a wrong shape has to
	// be ruled out before the miss can be called noise.
	wrong := q.RMS > maxRMS && !(none && repeats)
	switch {
	case wrong:
		return refuse(WrongShape, "look at that point, or measure again: no setting of the law comes near it",
			"it misses the points by %.0f %%, most at %d cores", 100*q.RMS, q.WorstAt)
	case none:
		return refuse(NoEffect, "more cores bring nothing that shows; to see less, measure longer runs or more repeats",
			"the times differ by %.1f %% between core counts, not clearly more than their noise of %.1f %%", 100*effect, 100*noise)
	case q.Extrapolated && !f.oneCoreKnown():
		return refuse(FarFromOne, "measure one core as well",
			"the fewest cores measured are %d, and the time on one core cannot be told from that", f.samples[0].Cores)
	case serialError > maxSerialError:
		return refuse(TooNoisy, "measure longer runs, more repeats, or more core counts",
			"the serial fraction could be off by %.2f", serialError)
	}
	return nil
}

// oneCoreKnown says whether the one-core time can be extrapolated.
func (f *fitter) oneCoreKnown() bool {
	one := f.coef[0] + f.coef[1]
	return one > 0 && f.delta(1, 1) <= maxOneCoreError*one
}
