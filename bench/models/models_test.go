package models

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/why/choose"
)

// TestLoads: no two have one name, by which their rows are found again.
func TestLoads(t *testing.T) {
	seen := map[string]bool{}
	for _, l := range append(Loads(), moreLoads()...) {
		if seen[l.String()] {
			t.Errorf("two loads are %q", l)
		}
		seen[l.String()] = true
	}
}

// lossy forgets one change, torn writes half of one, and astray takes another row.
type (
	lossy  struct{ byMutex[[8]uint64] }
	torn   struct{ byMutex[[8]uint64] }
	astray struct{ byMutex[[8]uint64] }
)

func (m *lossy) update(key int, v *[8]uint64) {
	if m.byMutex.update(key, v); m.t.count == 100 {
		m.t.count--
	}
}

func (m *torn) update(key int, v *[8]uint64) {
	half := *v
	half[7]++
	m.byMutex.update(key, &half)
}

func (m *astray) update(key int, v *[8]uint64) { m.byMutex.update((key+1)%keys, v) }

// TestFaultsAreSeen: a model that does not do what it should cannot win.
func TestFaultsAreSeen(t *testing.T) {
	for want, make := range map[string]func(table[[8]uint64]) model[[8]uint64]{
		"":                 func(t table[[8]uint64]) model[[8]uint64] { return &byMutex[[8]uint64]{t: t} },
		"99 changes of":    func(t table[[8]uint64]) model[[8]uint64] { m := new(lossy); m.t = t; return m },
		"half of":          func(t table[[8]uint64]) model[[8]uint64] { m := new(torn); m.t = t; return m },
		"has what belongs": func(t table[[8]uint64]) model[[8]uint64] { m := new(astray); m.t = t; return m },
	} {
		j := newJob(choose.Load{Bytes: 64, Tasks: 1}, kept[[8]uint64]())
		said := complaint(func() { j.run(2*keys, make(j.newTable(j.rows))) })
		if !strings.Contains(said, want) || want == "" && said != "" {
			t.Errorf("it says %q, want %q", said, want)
		}
	}
}

// complaint is what f panics with.
func complaint(f func()) (said string) {
	defer func() {
		if r := recover(); r != nil {
			said = fmt.Sprint(r)
		}
	}()
	f()
	return ""
}

// TestFigures: rows become figures, and missing ones are missed.
func TestFigures(t *testing.T) {
	var rows []contest.Row
	add := func(name string) {
		rows = append(rows, contest.Row{Pattern: costs.Name, Case: name, Who: ourValue, Role: contest.Ours, NS: 12.345})
	}
	for _, l := range Loads() {
		add(l.String())
	}
	if _, err := Figures(rows); err == nil || !strings.Contains(err.Error(), "no rows of waits") {
		t.Errorf("without waits: %v", err)
	}
	for _, l := range WaitLoads() {
		for _, what := range []string{goesOn, seen} {
			add(waitName(l, what, p99))
		}
	}
	figures, err := Figures(rows)
	if err != nil || len(figures) != len(Loads()) {
		t.Fatalf("%d figures, %v", len(figures), err)
	}
	if f := figures[0]; f.Who != "guarded.Value" || f.NS != 12.3 || f.Load != Loads()[0] {
		t.Errorf("got %+v", f)
	}
	if _, err := Figures(rows[1:]); err == nil || !strings.Contains(err.Error(), Loads()[0].String()) {
		t.Errorf("without the first: %v", err)
	}
}
