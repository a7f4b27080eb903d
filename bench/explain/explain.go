// Package explain is the scoreboard of trivet explain: the speed-up that it
// predicts for each kind of program in work/, beside the measured one.
//
// PROTOCOL.md fixes what is run and what counts as what; this package does what
// is written there. On one core and on two the programs compute for real; on 4
// to 64 cores they run emulated, which checks constraints and scheduling and
// says nothing about hardware.
package explain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"

	"github.com/trivet-go/trivet/bench/internal/board"
	"github.com/trivet-go/trivet/bench/internal/measure"
	"github.com/trivet-go/trivet/bench/internal/trivet"
)

// Board is the scoreboard.
var Board = board.Board{
	Name: "explain",
	What: "predicted against measured speed-up of 24 kinds of program, 2 to 64 cores",
	Make: Make,
}

const workPackage = "./explain/work"

// emulatedCores are the numbers of cores that no machine at hand has.
var emulatedCores = []int{4, 8, 16, 32, 64}

// Make runs everything and prints the board.
func Make(ctx context.Context, o board.Options) error {
	dir, err := os.MkdirTemp("", "trivet-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	l := lab{Options: o}
	defer o.Progress.Done()

	o.Progress.Sayf("building the workloads")
	if l.work, err = board.Build(ctx, dir, "work", workPackage); err != nil {
		return err
	}
	kinds, err := l.kinds(ctx)
	if err != nil {
		return err
	}
	if !o.MeasureOnly {
		if l.trivet, err = trivet.Find(ctx, o, dir); err != nil {
			return err
		}
	}
	var rows []Row
	for i, k := range kinds {
		l.label = fmt.Sprintf("%d/%d %s", i+1, len(kinds), k.Name)
		rows = append(rows, l.try(ctx, k)...)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	o.Progress.Done()
	if o.JSON {
		return json.NewEncoder(o.Out).Encode(rows)
	}
	return printText(o.Out, rows, o)
}

// lab is what the kinds are tried with.
type lab struct {
	board.Options
	work   string // the plain binary
	trivet trivet.Command
	label  string // of the kind in progress
}

// kind is what work -list tells of a kind.
type kind struct {
	Name     string `json:"name"`
	Hooked   bool   `json:"hooked"`
	Emulated bool   `json:"emulated"`
}

// kinds asks the program for its kinds and keeps those that the user wants.
func (l *lab) kinds(ctx context.Context) ([]kind, error) {
	out, err := exec.CommandContext(ctx, l.work, "-list").Output()
	if err != nil {
		return nil, fmt.Errorf("list the kinds: %w", err)
	}
	var all, wanted []kind
	if err := json.Unmarshal(out, &all); err != nil {
		return nil, fmt.Errorf("list the kinds: %w", err)
	}
	var names []string
	for _, k := range all {
		names = append(names, k.Name)
		if l.Wants(k.Name) {
			wanted = append(wanted, k)
		}
	}
	return wanted, l.CheckKinds(names)
}

// try predicts one kind, then measures it.
func (l *lab) try(ctx context.Context, k kind) []Row {
	var report trivet.Report
	asked := errNotAsked
	if !l.MeasureOnly {
		l.Progress.Sayf("%s: trivet explain", l.label)
		report, asked = l.trivet.Explain(ctx, "-at", "2,4,8,16,32,64", workPackage, "--", "-kind", k.Name)
	}

	l.Progress.Sayf("%s: %d pairs on one core and on two", l.label, l.Pairs)
	estimate, err := l.measure(ctx, k)
	rows := []Row{newRow(k, 2, estimate, err, report, asked)}
	if !k.Emulated {
		return rows
	}
	l.Progress.Sayf("%s: 2 emulated cores, to check the emulation", l.label)
	if check, err := l.emulate(ctx, k, 2); err == nil {
		rows[0].EmulationCheck = check.Median
	}
	for _, cores := range emulatedCores {
		l.Progress.Sayf("%s: %d emulated cores", l.label, cores)
		estimate, err := l.emulate(ctx, k, cores)
		row := newRow(k, cores, estimate, err, report, asked)
		row.Emulated = true
		rows = append(rows, row)
	}
	return rows
}

// errNotAsked stands for a prediction that the user did not want.
var errNotAsked = errors.New("not asked")

// measure gives S(2) on real cores.
func (l *lab) measure(ctx context.Context, k kind) (measure.Estimate, error) {
	var first *result
	on := func(procs int) measure.Runner {
		return func(ctx context.Context) (measure.Sample, error) {
			r, sample, err := l.run(ctx, procs, "-kind", k.Name)
			if err != nil {
				return sample, err
			}
			if first == nil {
				first = &r
			}
			if r.Sum != first.Sum || r.Units != first.Units {
				return sample, fmt.Errorf("%s did other work on %d cores: sum %d, was %d", k.Name, procs, r.Sum, first.Sum)
			}
			sample.Seconds = r.Seconds
			return sample, nil
		}
	}
	c, err := measure.Pairs(ctx, l.Pairs, on(1), on(2))
	if err != nil {
		return measure.Estimate{}, err
	}
	return c.Estimate(), nil
}

// emulate gives S(cores) on emulated cores.
func (l *lab) emulate(ctx context.Context, k kind, cores int) (measure.Estimate, error) {
	var speedups []float64
	for range l.Repeats {
		r, _, err := l.run(ctx, 0, "-kind", k.Name, "-emulate", strconv.Itoa(cores))
		if err != nil {
			return measure.Estimate{}, err
		}
		speedups = append(speedups, r.Serial/r.Seconds)
	}
	return measure.Span(speedups), nil
}

// result is what a run of work prints.
type result struct {
	Seconds float64 `json:"seconds"`
	Serial  float64 `json:"serial_seconds"`
	Units   int64   `json:"units"`
	Sum     uint64  `json:"sum"`
}

// run runs the workloads' plain binary; procs 0 leaves GOMAXPROCS alone.
func (l *lab) run(ctx context.Context, procs int, args ...string) (result, measure.Sample, error) {
	out, sample, err := measure.Run(ctx, procs, l.work, args...)
	if err != nil {
		return result{}, sample, err
	}
	var r result
	if err := json.Unmarshal(out, &r); err != nil {
		return result{}, sample, fmt.Errorf("work %v: %w", args, err)
	}
	return r, sample, nil
}
