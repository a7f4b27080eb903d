package law_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/trivet-go/trivet/why/law"
)

func ExampleFitAmdahl() {
	fit, err := law.FitAmdahl([]law.Point{
		{Cores: 1, Seconds: 10.0}, {Cores: 2, Seconds: 5.5}, {Cores: 4, Seconds: 3.25}, {Cores: 8, Seconds: 2.125},
	})
	fmt.Printf("serial %.2f, limit %.0fx, error %v\n", fit.Serial, fit.Limit(), err)
	// Output: serial 0.10, limit 10x, error <nil>
}

func ExampleRefusal() {
	_, err := law.FitAmdahl([]law.Point{{Cores: 1, Seconds: 10}, {Cores: 2, Seconds: 5.5}})
	var refusal *law.Refusal
	if errors.As(err, &refusal) {
		fmt.Println(refusal)
		fmt.Println("hint:", refusal.Hint())
	}
	// Output:
	// no amdahl fit: its 2 parameters need 3 distinct core counts, and the points have 2
	// hint: measure more core counts, such as 1, 2, 4 and 8
}

// measure makes the points that a program under the law would give: repeats
// runs on each number of cores, with normal noise of the given relative size.
func measure(c law.Curve, oneCore float64, cores []int, repeats int, noise float64, seed uint64) []law.Point {
	random := rand.New(rand.NewPCG(seed, 1))
	var points []law.Point
	for _, n := range cores {
		for range repeats {
			seconds := oneCore / c.Speedup(n) * (1 + noise*random.NormFloat64())
			points = append(points, law.Point{Cores: n, Seconds: seconds})
		}
	}
	return points
}

var doubling = []int{1, 2, 4, 8, 16, 32}

func TestFitsAreExactWithoutNoise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := law.USL{
			Contention: rapid.Float64Range(0.001, 0.9).Draw(t, "contention"),
			Coherence:  rapid.Float64Range(0.0001, 0.01).Draw(t, "coherence"),
		}
		oneCore := math.Pow(10, rapid.Float64Range(-9, 9).Draw(t, "log one core"))
		usl, err := law.FitUSL(measure(want, oneCore, doubling, 1, 0, 0))
		if err != nil {
			t.Fatal(err)
		}
		near(t, "contention", usl.Contention, want.Contention, 1e-6)
		near(t, "coherence", usl.Coherence, want.Coherence, 1e-6)
		near(t, "one core", usl.OneCore/oneCore, 1, 1e-6)

		amdahl, err := law.FitAmdahl(measure(law.Amdahl{Serial: want.Contention}, oneCore, doubling, 1, 0, 0))
		if err != nil {
			t.Fatal(err)
		}
		near(t, "serial", amdahl.Serial, want.Contention, 1e-9)
		near(t, "R2", amdahl.R2, 1, 1e-9)
	})
}

func near(t interface{ Errorf(string, ...any) }, what string, got, want, tolerance float64) {
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %v, want %v within %v", what, got, want, tolerance)
	}
}

// TestFitsRecoverUnderNoise holds the standard errors to what they say: over
// 200 experiments with 3 % noise the true value lies within two of them about
// 19 times in 20.
func TestFitsRecoverUnderNoise(t *testing.T) {
	const experiments = 200
	amdahlIn, uslIn := 0, 0
	for seed := range uint64(experiments) {
		truth := law.USL{Contention: 0.08, Coherence: 0.002}
		usl, err := law.FitUSL(measure(truth, 3, doubling, 5, 0.03, seed))
		if err != nil {
			t.Fatal(err)
		}
		near(t, "contention", usl.Contention, truth.Contention, 0.02)
		near(t, "coherence", usl.Coherence, truth.Coherence, 0.001)
		if math.Abs(usl.Contention-truth.Contention) <= 2*usl.ContentionError {
			uslIn++
		}
		amdahl, err := law.FitAmdahl(measure(law.Amdahl{Serial: 0.2}, 3, doubling, 5, 0.03, seed))
		if err != nil {
			t.Fatal(err)
		}
		near(t, "serial", amdahl.Serial, 0.2, 0.02)
		if math.Abs(amdahl.Serial-0.2) <= 2*amdahl.SerialError {
			amdahlIn++
		}
	}
	t.Logf("within two standard errors: amdahl %d, usl %d of %d", amdahlIn, uslIn, experiments)
	if amdahlIn < experiments*88/100 || uslIn < experiments*88/100 {
		t.Errorf("within two standard errors: amdahl %d, usl %d of %d", amdahlIn, uslIn, experiments)
	}
}

// TestLeastSquaresBounds: a speed-up above the cores would need a negative
// serial fraction; the fit stays at zero and claims no error of it.
func TestLeastSquaresBounds(t *testing.T) {
	fit, err := law.FitAmdahl([]law.Point{
		{Cores: 1, Seconds: 8}, {Cores: 2, Seconds: 3.9}, {Cores: 4, Seconds: 1.9}, {Cores: 8, Seconds: 0.95},
	})
	if err != nil {
		t.Fatal(err)
	}
	if fit.Serial != 0 || !math.IsNaN(fit.SerialError) {
		t.Errorf("serial %v with error %v, want 0 and none", fit.Serial, fit.SerialError)
	}
}

// TestPeakNeedsDecline: a curve that only flattens has no peak to report, even
// where the fitted formula has one.
func TestPeakNeedsDecline(t *testing.T) {
	flat := measure(law.Amdahl{Serial: 0.2}, 1, doubling, 3, 0.02, 7)
	usl, err := law.FitUSL(flat)
	if err != nil {
		t.Fatal(err)
	}
	if cores, ok := usl.Peak(); ok {
		t.Errorf("peak at %d cores from a curve that only flattens", cores)
	}
	// Nor does noise make one, where the curve is flat: the last core count is
	// often not the best of six.
	invented := 0
	for seed := range uint64(100) {
		usl, err := law.FitUSL(measure(law.Amdahl{Serial: 0.85}, 1, doubling, 5, 0.02, seed))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := usl.Peak(); ok {
			invented++
		}
	}
	if invented > 3 {
		t.Errorf("%d peaks from 100 noisy flat curves", invented)
	}
	falling := measure(law.USL{Contention: 0.05, Coherence: 0.01}, 1, doubling, 3, 0.02, 7)
	if usl, err = law.FitUSL(falling); err != nil {
		t.Fatal(err)
	}
	if cores, ok := usl.Peak(); !ok || cores < 8 || cores > 12 { // sqrt(0.95/0.01) = 9.7
		t.Errorf("peak %d %v, want about 10", cores, ok)
	}
}

func TestRefusals(t *testing.T) {
	amdahl := func(points []law.Point) error { _, err := law.FitAmdahl(points); return err }
	usl := func(points []law.Point) error { _, err := law.FitUSL(points); return err }
	gustafson := func(points []law.Point) error { _, err := law.FitGustafson(points); return err }
	tenth := law.Amdahl{Serial: 0.1}
	tests := []struct {
		name   string
		fit    func([]law.Point) error
		points []law.Point
		want   law.Reason
	}{
		{"no points", amdahl, nil, law.NothingToSay},
		{"zero seconds", amdahl, []law.Point{{Cores: 1}}, law.BadPoint},
		{"NaN seconds", usl, []law.Point{{Cores: 1, Seconds: math.NaN()}}, law.BadPoint},
		{"infinite seconds", amdahl, []law.Point{{Cores: 1, Seconds: math.Inf(1)}}, law.BadPoint},
		{"negative cores", amdahl, []law.Point{{Cores: -1, Seconds: 1}}, law.BadPoint},
		{"negative size", gustafson, []law.Point{{Cores: 1, Seconds: 1, Size: -1}}, law.BadPoint},
		{"mixed sizes", amdahl, []law.Point{{1, 1, 1}, {2, 1, 2}, {3, 1, 3}}, law.BadPoint},
		{"two core counts", amdahl, measure(tenth, 1, []int{1, 2}, 5, 0.01, 1), law.TooFewCores},
		{"all at one core count", amdahl, measure(tenth, 1, []int{4}, 9, 0.01, 1), law.TooFewCores},
		{"three core counts", usl, measure(tenth, 1, []int{1, 2, 4}, 5, 0.01, 1), law.TooFewCores},
		{"no core count near one", amdahl, measure(tenth, 1, []int{64, 128, 256, 512}, 3, 0.025, 1), law.FarFromOne},
		{"no one core, error unknown", amdahl, measure(tenth, 1, []int{2, 4, 8}, 1, 0.01, 1), law.FarFromOne},
		{"nothing but noise", amdahl, measure(law.Amdahl{Serial: 1}, 1, doubling, 5, 0.05, 1), law.NoEffect},
		{"nothing but noise, no repeats", amdahl, measure(law.Amdahl{Serial: 1}, 1, doubling, 1, 0.05, 2), law.NoEffect},
		{"times that rise", amdahl, measure(law.USL{Coherence: 0.3}, 1, doubling, 3, 0.01, 1), law.WrongShape},
		{"contention or coherence", usl, measure(law.USL{Contention: 0.3, Coherence: 0.05}, 1, []int{1, 2, 3, 4}, 4, 0.08, 1), law.TooNoisy},
		{"one size", gustafson, measure(tenth, 1, doubling, 1, 0, 1), law.TooFewSizes},
		{"sizes follow cores", gustafson, []law.Point{{1, 1, 1}, {2, 1, 2}, {4, 1.01, 4}, {8, 1.02, 8}}, law.SizesFollow},
		{"serial grows a little", gustafson, scaled(0.3, 0.05, 0.65), law.WrongShape},
		{"serial grows", gustafson, scaled(0, 0.2, 0.8), law.WrongShape},
	}
	for _, tt := range tests {
		var refusal *law.Refusal
		if err := tt.fit(tt.points); !errors.As(err, &refusal) {
			t.Errorf("%s: error %v, want a refusal", tt.name, err)
		} else if refusal.Reason != tt.want || refusal.Hint() == "" {
			t.Errorf("%s: %q (%v), want reason %q and a hint", tt.name, refusal.Reason, refusal, tt.want)
		}
	}
}

// scaled measures three sizes on four core counts, with a serial part that
// stays, one that grows with the size, and a parallel part.
func scaled(stays, grows, parallel float64) []law.Point {
	var points []law.Point
	for _, size := range []float64{1, 4, 16} {
		for _, n := range []int{1, 2, 4, 8} {
			seconds := stays + grows*size + parallel*size/float64(n)
			points = append(points, law.Point{Cores: n, Seconds: seconds, Size: size})
		}
	}
	return points
}

func TestFitGustafson(t *testing.T) {
	fit, err := law.FitGustafson(scaled(0.25, 0, 0.75))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "serial", fit.Serial, 0.25, 1e-9)
	near(t, "fixed", fit.Fixed, 0.25, 1e-9)
	near(t, "per size", fit.PerSize, 0.75, 1e-9)
	// The law is about the grown problem: on 8 cores, 8 times the size.
	grownOnOne, grownOnEight := 0.25+0.75*8, 0.25+0.75*8/8
	near(t, "S(8)", fit.Speedup(8), grownOnOne/grownOnEight, 1e-9)
}

// TestQuality checks the errors of a fit against points of which one is off.
func TestQuality(t *testing.T) {
	points := measure(law.Amdahl{Serial: 0.1}, 10, doubling, 1, 0, 0)
	points[3].Seconds *= 1.2 // 8 cores: the law says a sixth less than measured
	fit, err := law.FitAmdahl(points)
	if err != nil {
		t.Fatal(err)
	}
	var squares, missed, all, mean float64
	for _, p := range points {
		miss := fit.OneCore/fit.Speedup(p.Cores)/p.Seconds - 1
		squares += miss * miss / 6
		mean += fit.OneCore / p.Seconds / 6
	}
	for _, p := range points {
		s := fit.OneCore / p.Seconds
		missed += (s - fit.Speedup(p.Cores)) * (s - fit.Speedup(p.Cores))
		all += (s - mean) * (s - mean)
	}
	worst := fit.OneCore/fit.Speedup(8)/points[3].Seconds - 1
	near(t, "RMS", fit.RMS, math.Sqrt(squares), 1e-9)
	near(t, "worst", fit.Worst, worst, 1e-9)
	near(t, "R2", fit.R2, 1-missed/all, 1e-9)
	if fit.WorstAt != 8 || fit.Worst > -0.1 || fit.Freedom != 4 || fit.Extrapolated {
		t.Errorf("%+v", fit.Quality)
	}
}

// TestFlatAndExact: the same time on any number of cores is all serial, and
// has no variance to explain.
func TestFlatAndExact(t *testing.T) {
	fit, err := law.FitAmdahl(measure(law.Amdahl{Serial: 1}, 3, doubling, 1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if near(t, "serial", fit.Serial, 1, 1e-12); !math.IsNaN(fit.R2) {
		t.Errorf("R2 = %v of no variance", fit.R2)
	}
}

// TestOneCoreIsExtrapolated where the points allow it.
func TestOneCoreIsExtrapolated(t *testing.T) {
	fit, err := law.FitAmdahl(measure(law.Amdahl{Serial: 0.1}, 10, []int{2, 4, 8, 16}, 5, 0.01, 1))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "one core", fit.OneCore, 10, 0.3)
	if !fit.Extrapolated {
		t.Error("not said to be extrapolated")
	}
}

// TestRefusalsNeverPanic throws any points at the fits: each gives numbers or a
// refusal.
func TestRefusalsNeverPanic(t *testing.T) {
	point := rapid.Custom(func(t *rapid.T) law.Point {
		return law.Point{
			Cores:   rapid.IntRange(-1, 20).Draw(t, "cores"),
			Seconds: rapid.OneOf(rapid.Float64(), rapid.Float64Range(0.1, 10)).Draw(t, "seconds"),
			Size:    rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(1, 3), rapid.Float64()).Draw(t, "size"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		points := rapid.SliceOfN(point, 0, 12).Draw(t, "points")
		for _, list := range append(law.BySize(points), points) {
			amdahl, err := law.FitAmdahl(list)
			fraction(t, amdahl.Serial, err)
			usl, err := law.FitUSL(list)
			fraction(t, usl.Contention, err)
			gustafson, err := law.FitGustafson(list)
			fraction(t, gustafson.Serial, err)
		}
	})
}

func fraction(t *rapid.T, f float64, err error) {
	if err == nil && law.Fraction(f) != nil {
		t.Fatalf("a fit without error gave the fraction %v", f)
	}
	var refusal *law.Refusal
	if err != nil && !errors.As(err, &refusal) {
		t.Fatalf("error %v is no refusal", err)
	}
}
