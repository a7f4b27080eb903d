package explain

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/trivet-go/trivet/internal/program"
	"github.com/trivet-go/trivet/internal/record"
	"github.com/trivet-go/trivet/internal/show"
)

// asking is a program that shares the same work out among as many goroutines as
// it is told that there are cores, recorded on a machine that was load times as
// slow as an idle one.
func asking(told int, load float64) *program.Program {
	b := program.Build()
	each := time.Duration(load * float64(64*ms1) / float64(told))
	main := pool(b, told, func(g *program.G, _ int) { g.Run(each).At("a.go:9") })
	main.Run(time.Duration(load * float64(ms1))).At("a.go:12")
	p := b.Program()
	p.Stacks = append(p.Stacks, []program.Frame{{Func: "asks.main", File: "/asks/a.go", Line: 5}})
	return p
}

func toldSet(loads map[int]float64) *record.Set {
	s := set(asking(8, 1))
	s.Told, s.Package = 8, record.Package{Standard: true, ImportPath: "asks"}
	s.Best.Asks = []record.Ask{{Stack: uint32(len(s.Best.Program.Stacks) - 1), Told: 8, Count: 1}}
	s.ToldN = map[int]*record.Recording{}
	for n, load := range loads {
		s.ToldN[n] = recorded(asking(n, load))
	}
	return s
}

// What one recording was slower than another must not count as a speed-up.
func TestLoadBetweenRecordingsIsNoSpeedup(t *testing.T) {
	r := explained(t, toldSet(map[int]float64{1: 9, 2: 0.7, 4: 1, 16: 3}))
	want := map[int]float64{1: 1, 2: 65. / 33, 4: 65. / 17, 8: 65. / 9, 16: 65. / 5}
	for n, s := range want {
		if got := at(r, n); got < 0.97*s || got > 1.01*s {
			t.Errorf("S(%d) = %.2f, want about %.2f", n, got, s)
		}
	}
	for _, p := range r.Speedup {
		if p.Predicted > float64(p.Cores) || p.Predicted > r.Limit {
			t.Errorf("S(%d) = %.2f, limit %.2f", p.Cores, p.Predicted, r.Limit)
		}
	}
	if !flagged(r, "program-asked-cores") || !strings.Contains(printed(t, r), "a recording of its own") {
		t.Errorf("not said that each column has a recording of its own: %+v", r.Flags)
	}
	for _, w := range r.WhatIf {
		if strings.HasPrefix(w.Change, "rent") {
			t.Errorf("%q replays the program as told 8, beside a column that was told 16", w.Change)
		}
	}
}

// A column that falls may be disturbed: it is marked.
func TestFallIsMarked(t *testing.T) {
	s := toldSet(map[int]float64{1: 1, 2: 1, 4: 1, 16: 1})
	b := program.Build()
	pool(b, 16, func(g *program.G, i int) {
		d := 2 * ms1
		if i == 7 {
			d = 34 * ms1 // the core was lost meanwhile
		}
		g.Run(d).At("a.go:9")
	})
	s.ToldN[16] = recorded(b.Program())
	r := explained(t, s)
	for _, p := range r.Speedup {
		if p.Falls != (p.Cores == 16) {
			t.Errorf("S(%d) = %.2f, falls: %v", p.Cores, p.Predicted, p.Falls)
		}
	}
	if !strings.Contains(strings.Join(strings.Fields(printed(t, r)), " "), "For 16 cores it is slower than for fewer") {
		t.Errorf("the fall is not said: %+v", r.Flags)
	}
}

// More work in the recording of a number may be load or the program's own: a
// threshold is only reached if it is in both cases.
func TestThresholdIsNotReachedByDoubtfulForecast(t *testing.T) {
	r := explained(t, toldSet(map[int]float64{1: 1, 2: 1, 4: 2, 16: 1}))
	r.Require(4, 3)
	if th := r.Threshold; th.Reached || th.Got < 3 || th.Least > 2 {
		t.Errorf("threshold %+v: at 4 cores the work was twice as long", th)
	}
	if page := printed(t, r); !strings.Contains(page, "not sure: 3.8x on 4 cores") || !strings.Contains(page, "3.8x?") {
		t.Errorf("the doubt is not said:\n%s", page)
	}
	r.Require(4, 1.5)
	if !r.Threshold.Reached {
		t.Errorf("threshold %+v is reached in both cases", r.Threshold)
	}
	r.Require(2, 1.9)
	if !r.Threshold.Reached {
		t.Errorf("threshold %+v: nothing is doubtful at 2 cores", r.Threshold)
	}
}

func printed(t *testing.T, r *Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Text(&b, show.Terminal{Width: show.MaxWidth}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Where other costs count on other machines, a speed-up can come out that no
// such machine gives.
func TestImpossibleForecastIsWithheld(t *testing.T) {
	b := program.Build()
	pool(b, 64, func(g *program.G, _ int) { g.Run(ms1).At("e.go:3") })
	s := set(b.Program())
	dear := Options{At: []int{1, 2, 4, 16}, Cores: 4, Own: 2}
	dear.Costs.Switch = 2 * ms1
	r, err := Explain(t.Context(), s, dear)
	if err != nil {
		t.Fatal(err)
	}
	if at(r, 4) != 0 || at(r, 16) != 0 || !flagged(r, "self-check") || len(r.WhatIf) > 0 {
		t.Errorf("speed-ups %+v, flags %+v, what-ifs %+v", r.Speedup, r.Flags, r.WhatIf)
	}
	if r.Require(4, 2); r.Threshold.Reached {
		t.Error("an impossible forecast reaches a threshold")
	}
}
