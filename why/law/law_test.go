package law_test

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"testing"

	"pgregory.net/rapid"

	"github.com/trivet-go/trivet/why/law"
)

var update = flag.Bool("update", false, "write the golden files anew")

func Example() {
	a := law.Amdahl{Serial: 0.1}
	fmt.Printf("%.2f on 10 cores, never more than %.0f\n", a.Speedup(10), a.Limit())
	g := law.Gustafson{Serial: 0.1}
	fmt.Printf("%.2f when the problem grows with the cores\n", g.Speedup(10))
	// Output:
	// 5.26 on 10 cores, never more than 10
	// 9.10 when the problem grows with the cores
}

func ExampleWorkSpan() {
	w := law.WorkSpan{Work: 208, Span: 42} // milliseconds
	fmt.Printf("at most %.1fx; on 4 cores between %.0f and %.0f ms\n", w.Parallelism(), w.Lower(4), w.Upper(4))
	// Output: at most 5.0x; on 4 cores between 52 and 84 ms
}

func ExampleCoresFor() {
	// How many cores are still half used with 10 % serial work?
	fmt.Println(law.CoresFor(law.Amdahl{Serial: 0.1}, 0.5))
	// Output: 11
}

// TestCurves holds every law to a table that was checked by hand at 1, 2, 10
// and infinity: 10 % serial is 1, 1.818, 5.263, limit 10 by Amdahl, and 1, 1.9,
// 9.1, no limit by Gustafson.
func TestCurves(t *testing.T) {
	var b bytes.Buffer
	curves := []struct {
		name  string
		curve law.Curve
	}{
		{"amdahl 0", law.Amdahl{}},
		{"amdahl 0.01", law.Amdahl{Serial: 0.01}},
		{"amdahl 0.1", law.Amdahl{Serial: 0.1}},
		{"amdahl 0.5", law.Amdahl{Serial: 0.5}},
		{"amdahl 1", law.Amdahl{Serial: 1}},
		{"gustafson 0", law.Gustafson{}},
		{"gustafson 0.1", law.Gustafson{Serial: 0.1}},
		{"gustafson 0.5", law.Gustafson{Serial: 0.5}},
		{"gustafson 1", law.Gustafson{Serial: 1}},
		{"usl 0.1 0", law.USL{Contention: 0.1}},
		{"usl 0.02 0.0005", law.USL{Contention: 0.02, Coherence: 0.0005}},
		{"usl 0 0.001", law.USL{Coherence: 0.001}},
	}
	for _, c := range curves {
		fmt.Fprintf(&b, "%s\n", c.name)
		for _, n := range []int{1, 2, 4, 8, 10, 16, 32, 64, 128, 256, 512, 1024} {
			fmt.Fprintf(&b, "%6d %10.4f %8.4f\n", n, c.curve.Speedup(n), law.Efficiency(c.curve, n))
		}
		fmt.Fprintf(&b, "   inf %10.4f\n", c.curve.Limit())
	}
	golden(t, "testdata/curves.golden", b.Bytes())
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want = bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; got:\n%s", name, got)
	}
}

// TestTenPercentSerial is the sentence that everybody quotes.
func TestTenPercentSerial(t *testing.T) {
	if got := (law.Amdahl{Serial: 0.1}).Limit(); got != 10 {
		t.Errorf("limit of 10 %% serial work = %v, want 10", got)
	}
}

func TestUSLBest(t *testing.T) {
	tests := []struct {
		usl   law.USL
		cores int
		ok    bool
	}{
		{law.USL{Contention: 0.02, Coherence: 0.0005}, 44, true}, // sqrt(0.98/0.0005) = 44.27
		{law.USL{Coherence: 0.01}, 10, true},
		{law.USL{Contention: 1, Coherence: 0.1}, 1, true},
		{law.USL{Contention: 0.1}, law.Unlimited, false},
		{law.USL{Coherence: 1e-300}, law.Unlimited, false},
		{law.USL{Contention: 0.1, Coherence: math.NaN()}, law.Unlimited, false},
	}
	for _, tt := range tests {
		if cores, ok := tt.usl.Best(); cores != tt.cores || ok != tt.ok {
			t.Errorf("%+v: best %d %v, want %d %v", tt.usl, cores, ok, tt.cores, tt.ok)
		}
	}
}

func TestCoresFor(t *testing.T) {
	tests := []struct {
		curve      law.Curve
		efficiency float64
		want       int
	}{
		{law.Amdahl{Serial: 0.1}, 0.5, 11},
		{law.Amdahl{Serial: 0.1}, 1, 1},
		{law.Amdahl{}, 1, law.Unlimited},
		{law.Gustafson{Serial: 0.1}, 0.9, law.Unlimited},
		{law.Gustafson{Serial: 0.1}, 0.91, 10},
		{law.USL{Coherence: 0.01}, 0.5, 10},
	}
	for _, tt := range tests {
		if got := law.CoresFor(tt.curve, tt.efficiency); got != tt.want {
			t.Errorf("CoresFor(%+v, %v) = %d, want %d", tt.curve, tt.efficiency, got, tt.want)
		}
	}
}

func TestFraction(t *testing.T) {
	for _, good := range []float64{0, 0.5, 1} {
		if err := law.Fraction(good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []float64{-0.1, 1.1, math.NaN(), math.Inf(1)} {
		if law.Fraction(bad) == nil {
			t.Errorf("%v passed as a fraction", bad)
		}
	}
}

// anyCurve draws a law with any sensible parameters.
func anyCurve(t *rapid.T) law.Curve {
	f := rapid.Float64Range(0, 1)
	switch rapid.IntRange(0, 2).Draw(t, "law") {
	case 0:
		return law.Amdahl{Serial: f.Draw(t, "serial")}
	case 1:
		return law.Gustafson{Serial: f.Draw(t, "serial")}
	default:
		return law.USL{Contention: f.Draw(t, "contention"), Coherence: f.Draw(t, "coherence")}
	}
}

func TestCurveProperties(t *testing.T) {
	const slack = 1 + 1e-9
	rapid.Check(t, func(t *rapid.T) {
		c := anyCurve(t)
		n := rapid.IntRange(1, 4096).Draw(t, "cores")
		if got := c.Speedup(1); math.Abs(got-1) > 1e-12 {
			t.Fatalf("%+v: S(1) = %v", c, got)
		}
		if got := c.Speedup(n); !(got > 0 && got <= float64(n)*slack) {
			t.Fatalf("%+v: S(%d) = %v", c, n, got)
		}
		if law.Efficiency(c, n+1) > law.Efficiency(c, n)*slack {
			t.Fatalf("%+v: efficiency rises at %d", c, n)
		}
		wished := rapid.Float64Range(0.01, 1).Draw(t, "efficiency")
		cores := law.CoresFor(c, wished)
		if cores > 1 && law.Efficiency(c, cores) < wished/slack {
			t.Fatalf("%+v: %d cores are used %v, wished %v", c, cores, law.Efficiency(c, cores), wished)
		}
		if cores < law.Unlimited && law.Efficiency(c, cores+1) > wished*slack {
			t.Fatalf("%+v: one more than %d would do for %v", c, cores, wished)
		}
	})
}

func TestBestIsBest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := law.USL{
			Contention: rapid.Float64Range(0, 1).Draw(t, "contention"),
			Coherence:  rapid.Float64Range(1e-6, 1).Draw(t, "coherence"),
		}
		best, ok := u.Best()
		if !ok {
			t.Fatalf("%+v has no best", u)
		}
		for _, n := range []int{best - 1, best + 1, rapid.IntRange(1, 5000).Draw(t, "cores")} {
			if n >= 1 && u.Speedup(n) > u.Speedup(best)*(1+1e-9) {
				t.Fatalf("%+v: S(%d) beats S(%d)", u, n, best)
			}
		}
	})
}

// TestBrent runs a greedy schedule of random independent chains and holds its
// time against the bounds.
func TestBrent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		chains := rapid.SliceOfN(rapid.IntRange(1, 20), 1, 30).Draw(t, "chains") // unit tasks in a row
		cores := rapid.IntRange(1, 16).Draw(t, "cores")
		var w law.WorkSpan
		for _, length := range chains {
			w.Work += float64(length)
			w.Span = max(w.Span, float64(length))
		}
		took := float64(greedy(chains, cores))
		if took < w.Lower(cores) || took > w.Upper(cores) {
			t.Fatalf("%v on %d cores took %v, bounds %v to %v", chains, cores, took, w.Lower(cores), w.Upper(cores))
		}
		least, most := w.Speedup(cores)
		if s := w.Work / took; s < least*(1-1e-9) || s > most*(1+1e-9) {
			t.Fatalf("speed-up %v outside of %v to %v", s, least, most)
		}
	})
}

// greedy counts the steps in which up to cores chains advance by one task.
func greedy(chains []int, cores int) (steps int) {
	left := append([]int(nil), chains...)
	for ; ; steps++ {
		busy := 0
		for i := range left {
			if left[i] > 0 && busy < cores {
				left[i]--
				busy++
			}
		}
		if busy == 0 {
			return steps
		}
	}
}
