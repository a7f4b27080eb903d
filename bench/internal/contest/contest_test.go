package contest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trivet-go/trivet/bench/internal/board"
	"github.com/trivet-go/trivet/bench/internal/measure"
)

// rounds makes a subject's samples from its times.
func rounds(ns ...float64) []sample {
	var all []sample
	for _, v := range ns {
		all = append(all, sample{ns: v, allocs: 1.004, cores: 1.5})
	}
	return all
}

// drifting is a case on a machine that gets twice as slow: the times overlap, the
// ratios within the rounds do not.
var drifting = result{
	Case: Case{
		Name: "1P1C",
		Subjects: []Subject{
			{Who: "trivet queue", Role: Ours},
			{Who: "slow rival", Role: Rival},
			{Who: "fast rival", Role: Rival},
			{Who: "serial", Role: Reference, Note: "no goroutine"},
		},
		Targets: []Target{
			{Who: "trivet queue", Ratio: 0.6},
			{Who: "trivet queue", Of: "slow rival", Ratio: 0.1},
			{Who: "trivet queue", NS: 7},
		},
	},
	rounds: [][]sample{
		rounds(5, 6, 7, 8, 10),
		rounds(20, 24, 28, 32, 40),
		rounds(10, 12, 14, 16, 20),
		rounds(1, 1, 1, 1, 1),
	},
}

func TestRows(t *testing.T) {
	var b bytes.Buffer
	o := board.Rows{}
	for _, row := range drifting.rows("queue") {
		o.Add(row)
	}
	if err := o.Print(&b); err != nil {
		t.Fatal(err)
	}
	want := `[` +
		`{"pattern":"queue","case":"1P1C","who":"trivet queue","ns_per_op":7,"spread":0.2857142857142857,"allocs":1,"ratio_to_best_rival":0.5,"role":"trivet"},` +
		`{"pattern":"queue","case":"1P1C","who":"slow rival","ns_per_op":28,"spread":0.2857142857142857,"allocs":1,"ratio_to_best_rival":2,"role":"rival"},` +
		`{"pattern":"queue","case":"1P1C","who":"fast rival","ns_per_op":14,"spread":0.2857142857142857,"allocs":1,"ratio_to_best_rival":1,"role":"rival"},` +
		`{"pattern":"queue","case":"1P1C","who":"serial","ns_per_op":1,"spread":0,"allocs":1,"ratio_to_best_rival":null,"role":"reference","note":"no goroutine"}]` + "\n"
	if b.String() != want {
		t.Errorf("rows are\n%swant\n%s", b.String(), want)
	}
}

func TestNothingToCompare(t *testing.T) {
	alone := result{Case: Case{Subjects: drifting.Subjects[:1]}, rounds: drifting.rounds[:1]}
	if row := alone.rows("queue")[0]; row.Role != Reference || row.Ratio != nil {
		t.Errorf("without a rival: %+v, want a reference without ratio", row)
	}
}

func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		low, median, high float64
		rounds            int
		want              string
	}{
		{0.5, 0.6, 0.9, 5, "faster"},
		{0.5, 0.9, 1, 5, "no difference"},
		{0.9, 1.4, 2, 5, "no difference"},
		{1.01, 1.4, 2, 5, "slower"},
		{1.3, 1.4, 1.5, 4, "too few rounds to tell"},
	} {
		e := measure.Estimate{Median: c.median, Low: c.low, High: c.high}
		if got := verdict(e, c.rounds); got != c.want {
			t.Errorf("%v in %d rounds: %q, want %q", e, c.rounds, got, c.want)
		}
	}
}

func TestText(t *testing.T) {
	var b bytes.Buffer
	slowed := drifting
	slowed.Name = "4P4C"
	slowed.rounds = slices.Clone(drifting.rounds)
	slowed.rounds[0] = rounds(30, 31, 33, 35, 36)
	if err := printText(&b, Board{Name: "queue", LeftOut: []string{"gone"}}, []result{drifting, slowed}, 5); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{
		"left out: gone",
		"SLOWER THAN A RIVAL  1\n  4P4C: trivet queue takes 2.36 times as long as fast rival\n",
		"0.50x (0.50-0.50) faster",
		"2.36x (1.80-3.00) slower",
		"the best rival",
		"reference: no goroutine",
		"at most 0.60x of fast rival: 0.50x, met",
		"at most 0.10x of slow rival: 0.25x, missed",
		"at most 7.00 ns: 7.00, within the noise of it",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// Cases about the use of several cores say of each subject how it compares with
// the serial one, and how many cores it used.
func TestSerial(t *testing.T) {
	c := drifting
	c.Serial = "slow rival"
	c.Targets = []Target{{Who: "trivet queue", Of: "serial", Over: 4}, {Who: "trivet queue", Of: "serial", Over: 10}}
	row := c.rows("forkjoin")[0]
	if row.ToSerial == nil || *row.ToSerial != 0.25 || row.CPU == nil || *row.CPU != 150 {
		t.Errorf("row %+v, want 0.25 of serial with 150 %% CPU", row)
	}
	var b bytes.Buffer
	if err := printText(&b, Board{Name: "forkjoin"}, []result{c}, 5); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"CPU  of serial", "150 %      0.25x",
		"at most 4.00 ns over serial: 6.00, within the noise of it",
		"at most 10.0 ns over serial: 6.00, met",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// A real contest: some work and four times as much of it. What is faster here is
// for the machine to say; that all is measured and told is not.
func TestContest(t *testing.T) {
	spin := func(n int) {
		for range n {
			for range 1000 {
				sink++
			}
		}
	}
	procs := 0
	cases := func() []Case {
		return []Case{{Name: "work", Procs: 1, Unit: 3, Subjects: []Subject{
			{Who: "trivet half", Role: Ours, Run: func(n int) {
				if n%3 != 0 {
					t.Errorf("asked for %d operations, want a multiple of 3", n)
				}
				procs = runtime.GOMAXPROCS(0)
				spin(n)
			}},
			{Who: "whole", Role: Rival, Run: func(n int) { spin(4 * n) }},
			{Who: "allocating", Role: Reference, Run: func(n int) {
				for range n {
					kept = make([]byte, 1000)
				}
			}},
		}}}
	}
	before := runtime.GOMAXPROCS(0)
	o := board.Options{JSON: true, Rounds: 7, Sample: time.Millisecond, Rows: new(board.Rows), Progress: board.NewProgress(devNull(t))}
	if err := (Board{Name: "test", Cases: cases}).Scoreboard().Make(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if procs != 1 || runtime.GOMAXPROCS(0) != before {
		t.Errorf("ran with GOMAXPROCS %d, and left %d behind; want 1 and %d", procs, runtime.GOMAXPROCS(0), before)
	}
	var b bytes.Buffer
	if err := o.Rows.Print(&b); err != nil {
		t.Fatal(err)
	}
	var rows []Row
	if err := json.Unmarshal(b.Bytes(), &rows); err != nil || len(rows) != 3 {
		t.Fatalf("%v in %s", err, b.Bytes())
	}
	if ratio := rows[0].Ratio; ratio == nil || *ratio <= 0 || rows[0].NS <= 0 {
		t.Errorf("%+v has no ratio to the rival", rows[0])
	}
	if rows[0].Allocs != 0 || rows[2].Allocs != 1 {
		t.Errorf("allocations %v and %v, want none and one", rows[0].Allocs, rows[2].Allocs)
	}
}

var (
	sink int
	kept []byte
)

func devNull(t *testing.T) *os.File {
	f, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// Within a round every subject runs once, and the order is not always the same.
func TestRoundsInterleave(t *testing.T) {
	var order []byte
	subject := func(name byte) Subject {
		return Subject{Run: func(int) {
			order = append(order, name)
			for start := time.Now(); time.Since(start) < 100*time.Microsecond; {
			}
		}}
	}
	var warm int
	steps := 0
	c := Case{Subjects: []Subject{subject('a'), subject('b'), subject('c')}}
	_, err := measureCase(t.Context(), c, 20, 200*time.Microsecond, func(string) {
		if steps++; steps == 4 {
			warm = len(order) // what ran before was to calibrate
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for round := range slices.Chunk(order[warm:], 3) {
		seen[string(round)] = true
		if sorted := slices.Sorted(slices.Values(round)); string(sorted) != "abc" {
			t.Errorf("a round is %s, want each of abc once", round)
		}
	}
	if len(seen) < 2 {
		t.Errorf("20 rounds all in the order of %v", seen)
	}
}

func TestContestIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	runs := 0
	c := Case{Subjects: []Subject{{Run: func(int) { runs++; cancel(stop) }}, {Run: func(int) { runs++ }}}}
	// A length of one nanosecond: the first run is long enough.
	if _, err := measureCase(ctx, c, 5, 1, func(string) {}); !errors.Is(err, stop) || runs != 1 {
		t.Errorf("err %v after %d runs, want %v after one", err, runs, stop)
	}
}

// What is done in another process counts as it was timed there, whatever the way
// there takes.
func TestElsewhere(t *testing.T) {
	c := Case{Unit: 10, Subjects: []Subject{{Who: "far", Elsewhere: func(n int) (time.Duration, float64, error) {
		return time.Duration(n) * 7, float64(2 * n), nil
	}}}}
	r, err := measureCase(t.Context(), c, 3, time.Microsecond, func(string) {})
	if err != nil || r.ns(0) != 7 || r.allocs(0) != 2 {
		t.Errorf("%v ns and %v allocations, err %v; want 7 and 2", r.ns(0), r.allocs(0), err)
	}
}

// A process that fails is left out, whenever it does, and the others are compared.
func TestElsewhereFails(t *testing.T) {
	gone := errors.New("it is gone")
	for failing := range 4 { // from the run that calibrates on
		left := failing
		c := Case{Name: "far", Subjects: []Subject{
			{Who: "trivet", Role: Ours, Run: func(int) { time.Sleep(time.Microsecond) }},
			{Who: "failing", Role: Rival, Elsewhere: func(int) (time.Duration, float64, error) {
				if left--; left == -1 { // once only: it does not come back
					return 0, 0, gone
				}
				return 1, 0, nil
			}},
			{Who: "slow", Role: Rival, Run: func(int) { time.Sleep(time.Millisecond) }},
		}}
		r, err := measureCase(t.Context(), c, 3, 1, func(string) {})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := printText(&b, Board{Name: "test"}, []result{r}, 3); err != nil {
			t.Fatal(err)
		}
		if len(r.rows("test")) != 2 || r.Subjects[r.bestRival()].Who != "slow" || !strings.Contains(b.String(), "left out: failing: it is gone\n") {
			t.Errorf("after %d runs: %d rows, and\n%s", failing, len(r.rows("test")), b.String())
		}
	}
}

func TestOursFails(t *testing.T) {
	gone := errors.New("it is gone")
	c := Case{Name: "far", Subjects: []Subject{{Who: "trivet", Role: Ours, Elsewhere: func(int) (time.Duration, float64, error) { return 0, 0, gone }}}}
	if _, err := measureCase(t.Context(), c, 1, 1, func(string) {}); !errors.Is(err, gone) {
		t.Errorf("err %v, want %v", err, gone)
	}
}

func TestQuantile(t *testing.T) {
	sorted := []float64{1, 2, 3, 4}
	for q, want := range map[float64]float64{0: 1, 0.25: 1.75, 0.5: 2.5, 1: 4} {
		if got := quantile(sorted, q); math.Abs(got-want) > 1e-9 {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
	if got := quantile([]float64{7}, 0.75); got != 7 {
		t.Errorf("of one value: %v", got)
	}
}

func TestCalibrate(t *testing.T) {
	nothing := Subject{Run: func(int) {}}
	if n, err := calibrate(nothing.took, 8, time.Second); err != nil || n%8 != 0 || n > most {
		t.Errorf("of nothing: %d operations, err %v; want a multiple of 8 that ends", n, err)
	}
	sleeping := Subject{Run: func(int) { time.Sleep(time.Millisecond) }}
	if n, err := calibrate(sleeping.took, 5, 1); err != nil || n != 5 {
		t.Errorf("longer than asked for: %d operations, err %v; want the unit", n, err)
	}
}
