package measure

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestMedianInterval(t *testing.T) {
	// Ranks from tables of the sign test: with 12 values the third and the tenth.
	for _, c := range []struct{ n, low, high int }{
		{6, 1, 6}, {8, 1, 8}, {9, 2, 8}, {10, 2, 9}, {12, 3, 10}, {15, 4, 12}, {20, 6, 15}, {25, 8, 18},
	} {
		values := make([]float64, c.n)
		for i, r := range rand.Perm(c.n) {
			values[i] = float64(r + 1)
		}
		e := Median(values)
		if e.Low != float64(c.low) || e.High != float64(c.high) || e.Median != float64(c.n+1)/2 {
			t.Errorf("of 1..%d: %v, want interval %d to %d", c.n, e, c.low, c.high)
		}
	}
}

func TestFewValues(t *testing.T) {
	if e := Median([]float64{3, 1, 2}); e != (Estimate{Median: 2, Low: 1, High: 3}) {
		t.Errorf("of three: %v, want all of them as the interval", e)
	}
	if e := Median([]float64{5}); e != (Estimate{Median: 5, Low: 5, High: 5}) {
		t.Errorf("of one: %v", e)
	}
	if e := Median(nil); !math.IsNaN(e.Median) {
		t.Errorf("of none: %v, want no number", e)
	}
}

func TestBeyond(t *testing.T) {
	e := Estimate{Median: 2, Low: 1.8, High: 2.5}
	for _, c := range []struct{ p, want float64 }{{2, 0}, {1.8, 0}, {2.5, 0}, {3, 0.2}, {0.9, -0.5}} {
		if got := e.Beyond(c.p); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%v is %v beyond %v, want %v", c.p, got, e, c.want)
		}
	}
	if got := e.Error(3); math.Abs(got-0.5) > 1e-9 {
		t.Errorf("error of 3 against 2 is %v, want 0.5", got)
	}
}

func TestPairsAlternate(t *testing.T) {
	var order string
	says := func(s string, seconds float64) Runner {
		return func(context.Context) (Sample, error) {
			order += s
			return Sample{Seconds: seconds}, nil
		}
	}
	c, err := Pairs(t.Context(), 3, says("a", 6), says("b", 2))
	if err != nil || len(c.Ratios) != 3 || c.Busy() {
		t.Fatalf("%+v, err %v", c, err)
	}
	for _, r := range c.Ratios {
		if r != 3 {
			t.Errorf("ratio %v, want 3: first over second, whichever ran first", r)
		}
	}
	if order != "abbaabba" {
		t.Errorf("ran %s, want abbaabba: a pair to warm up, then three, in turn", order)
	}
}

// A disturbed pair is made again, and what counts does not depend on its ratio.
func TestDisturbedPairsAreMadeAgain(t *testing.T) {
	one := func(context.Context) (Sample, error) { return Sample{Seconds: 1}, nil }
	runs := 0
	everyOther := func(context.Context) (Sample, error) {
		runs++
		if runs%2 == 0 {
			return Sample{Seconds: 1, Disturbed: 0.4}, nil
		}
		return Sample{Seconds: 2, Disturbed: 0.01}, nil
	}
	c, err := Pairs(t.Context(), 4, everyOther, one)
	if err != nil || c.Busy() || len(c.Ratios) != 4 || c.Made <= 4 {
		t.Fatalf("%+v, err %v", c, err)
	}
	for _, r := range c.Ratios {
		if r != 2 {
			t.Errorf("ratio %v of a disturbed pair counts", r)
		}
	}

	always := func(context.Context) (Sample, error) { return Sample{Seconds: 1, Disturbed: 0.4}, nil }
	c, err = Pairs(t.Context(), 4, one, always)
	if err != nil || !c.Busy() || len(c.Ratios) != 4 || c.Made != 12 {
		t.Errorf("on a machine that is never calm: %+v, err %v; want 4 busy ratios of 12", c, err)
	}
}

func TestPairsStopAtAFailure(t *testing.T) {
	broken := errors.New("broken")
	runs := 0
	fail := func(context.Context) (Sample, error) { runs++; return Sample{}, broken }
	if _, err := Pairs(t.Context(), 5, fail, fail); !errors.Is(err, broken) || runs != 1 {
		t.Errorf("err %v after %d runs, want %v after 1", err, runs, broken)
	}
}

func TestRun(t *testing.T) {
	out, s, err := Run(t.Context(), 3, "go", "env", "GOVERSION")
	if err != nil || !strings.HasPrefix(string(out), "go1.") || s.Seconds <= 0 {
		t.Errorf("printed %q, sample %+v, err %v", out, s, err)
	}
	if _, _, err := Run(t.Context(), 0, "go", "no-such-command"); err == nil || !strings.Contains(err.Error(), "no-such-command") {
		t.Errorf("err %v does not say what the program said", err)
	}
}
