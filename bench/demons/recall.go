// Package demons has two scoreboards of trivet demons: what it finds, and what
// it accuses wrongly.
package demons

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/trivet-go/trivet/bench/internal/board"
)

// Recall is the scoreboard of what is found: leaking programs of the Go
// distribution, and our own with livelock and starvation, each of which has a
// healthy twin that must not be accused.
var Recall = board.Board{
	Name: "demons",
	What: "what trivet demons finds in programs with a known demon, and in their healthy twins",
	Make: makeRecall,
}

// budget is how long is hunted in one program: ten runs, and a bound for those
// that hang. The race detector is left out: nothing here is a race.
var budget = []string{"-seeds", "10", "-for", "20s", "-race=false", "."}

// A target is a program to hunt in.
type target struct {
	name, class string
	demon       string // what is in it; "" if it is healthy
	dir         string
	right       func(frame) bool // a place where the finding may be
}

// row is how one came out.
type row struct {
	Name    string   `json:"name"`
	Class   string   `json:"class"`
	Healthy bool     `json:"healthy,omitempty"`
	Found   bool     `json:"found"` // the demon; of a healthy one: anything
	Site    bool     `json:"right_site"`
	Grade   string   `json:"grade,omitempty"`
	Other   []string `json:"other,omitempty"` // findings that count, of other demons
	Notes   int      `json:"notes"`           // findings that do not count
	Hits    float64  `json:"hits"`            // share of the runs that showed it, at best
	Runs    int      `json:"runs"`
	Seconds float64  `json:"seconds"`
	Failure string   `json:"failure,omitempty"`
}

func makeRecall(ctx context.Context, o board.Options) error {
	dir, err := os.MkdirTemp("", "trivet-demons-board-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	defer o.Progress.Done()
	copies := filepath.Join(dir, kernels)
	if err := os.Mkdir(copies, 0o755); err != nil {
		return err
	}
	targets, err := makeKernels(ctx, copies)
	if err != nil {
		return err
	}
	programs, err := loadPrograms(".")
	if err != nil {
		return err
	}
	targets = append(programs, targets...)
	if err := o.CheckKinds(kindsOf(targets)); err != nil {
		return err
	}
	trivet, err := findCommand(ctx, o, dir)
	if err != nil {
		return err
	}
	var rows []row
	for i, t := range targets {
		if !o.Wants(t.name) && !o.Wants(t.kind()) {
			continue
		}
		o.Progress.Sayf("%d/%d %s %s", i+1, len(targets), t.class, t.name)
		rows = append(rows, t.try(ctx, trivet))
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	o.Progress.Done()
	if o.JSON {
		return json.NewEncoder(o.Out).Encode(rows)
	}
	return printRecall(o.Out, rows)
}

// kernels is the kind of those that are the Go distribution's.
const kernels = "kernels"

// kind is kernels, livelock or starvation.
func (t target) kind() string {
	if slices.Contains(programKinds, t.class) {
		return t.class
	}
	return kernels
}

// kindsOf are the words that -kinds takes: names and kinds.
func kindsOf(targets []target) []string {
	var words []string
	for _, t := range targets {
		words = append(words, t.name, t.kind())
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// try hunts in the target, and compares what is found with what is in it.
func (t target) try(ctx context.Context, trivet command) row {
	began := time.Now()
	r := row{Name: t.name, Class: t.class, Healthy: t.demon == ""}
	report, err := trivet.hunt(ctx, t.dir, budget...)
	r.Seconds = time.Since(began).Seconds()
	if err != nil {
		r.Failure = err.Error()
		return r
	}
	r.Runs = report.Runs
	for _, f := range report.Findings {
		r.judge(t, f)
	}
	return r
}

func (r *row) judge(t target, f finding) {
	switch {
	case !f.counts():
		r.Notes++
	case t.demon == "":
		r.Found = true
		r.Other = append(r.Other, f.Demon+" "+f.Grade+": "+f.Rule+" at "+f.place())
	case f.Demon != t.demon:
		r.Other = append(r.Other, f.Demon+" "+f.Grade+": "+f.Rule+" at "+f.place())
	default:
		r.Found = true
		r.Site = r.Site || slices.ContainsFunc(f.frames(), t.right)
		if r.Grade != "seen" {
			r.Grade = f.Grade
		}
		if f.Of > 0 {
			r.Hits = max(r.Hits, float64(f.Runs)/float64(f.Of))
		}
	}
}

// tally is the count of a class.
type tally struct {
	class                string
	flawed, found, sites int
	healthy, accused     int
	hits, seconds        float64
}

// printRecall tells misses first: accused healthy programs, then what was not
// found, then wrong sites, then the classes.
func printRecall(w io.Writer, rows []row) error {
	var b strings.Builder
	section := func(title string, is func(row) bool) {
		first := true
		for _, r := range rows {
			if !is(r) {
				continue
			}
			if first {
				fmt.Fprintf(&b, "%s\n", title)
				first = false
			}
			fmt.Fprintf(&b, "  %-22s %-26s %3d runs %5.1f s  %s\n", r.Name, r.Class, r.Runs, r.Seconds, strings.Join(append(r.Other, r.Failure), "; "))
		}
	}
	section("could not run", func(r row) bool { return r.Failure != "" })
	section("healthy and accused", func(r row) bool { return r.Healthy && r.Found })
	section("missed", func(r row) bool { return !r.Healthy && !r.Found && r.Failure == "" })
	section("found, and not at the right site", func(r row) bool { return !r.Healthy && r.Found && !r.Site })
	section("found", func(r row) bool { return !r.Healthy && r.Found && r.Site })
	fmt.Fprintf(&b, "\n%-28s %9s %10s %12s %8s %9s\n", "class", "found", "right site", "hits a run", "accused", "s each")
	for _, t := range tallies(rows) {
		fmt.Fprintf(&b, "%-28s %4d of %2d %10d %10.0f %% %2d of %2d %9.1f\n", t.class, t.found, t.flawed, t.sites,
			100*t.hits/float64(max(t.found, 1)), t.accused, t.healthy, t.seconds/float64(max(t.flawed+t.healthy, 1)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// tallies counts by class, and those of the kernels and of the programs in all.
func tallies(rows []row) []tally {
	byClass := map[string]*tally{}
	var order []string
	count := func(class string, r row) {
		t := byClass[class]
		if t == nil {
			t = &tally{class: class}
			byClass[class] = t
			order = append(order, class)
		}
		t.add(r)
	}
	for _, r := range rows {
		count(r.Class, r)
	}
	slices.Sort(order)
	for _, r := range rows {
		if slices.Contains(programKinds, r.Class) {
			count("all own programs", r)
		} else {
			count("all "+kernels, r)
		}
	}
	var all []tally
	for _, class := range order {
		all = append(all, *byClass[class])
	}
	return all
}

func (t *tally) add(r row) {
	t.seconds += r.Seconds
	switch {
	case r.Healthy:
		t.healthy++
		if r.Found {
			t.accused++
		}
	default:
		t.flawed++
		if r.Found {
			t.found++
			t.hits += r.Hits
		}
		if r.Site {
			t.sites++
		}
	}
}
