// Package examples is the scoreboard of trivet's what-ifs: what it says that a
// change would bring, beside what the change brought.
//
// For each flawed program under examples/ trivet explain predicts, from that
// program alone, the gain of the kind of change that its mended twin makes. Then
// both are run. explain/PROTOCOL.md fixes the rules.
package examples

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/trivet-go/trivet/bench/internal/board"
	"github.com/trivet-go/trivet/bench/internal/measure"
	"github.com/trivet-go/trivet/bench/internal/trivet"
)

// Board is the scoreboard.
var Board = board.Board{
	Name: "examples",
	What: "predicted gain of a what-if against the measured gain of the mended twin",
	Make: Make,
}

// cores is where both gains are told: what the machine has.
const cores = 2

// The protocol's bounds: the target for the error beyond the interval, and the
// width of an interval, as a share of the median, that tells nothing.
const (
	tolerated = 0.15
	tooWide   = 0.20
)

// pair is a flawed program and what its mended twin changes.
type pair struct {
	name string
	// change has the words of which a what-if's change must have one; none if no
	// what-if stands for what the twin does.
	change []string
}

var (
	lockGone    = []string{"without", "remove", "drop", "shard", "split"}
	moreWorkers = []string{"worker", "goroutines"}
	moreRoom    = []string{"capacity", "buffer", "room", "slots", "widen"}
)

var pairs = []pair{
	{"thumbs", lockGone},
	{"wordcount", lockGone},
	{"tallies", nil},
	{"slots", moreRoom},
	{"shares", nil},
	{"mergesort", nil},
	{"lines", nil},
	{"sharpen", moreWorkers},
	{"handoff", moreRoom},
	{"collector", moreWorkers},
}

// Row is one pair.
type Row struct {
	Kind      string     `json:"kind"` // the example's name
	Cores     int        `json:"cores"`
	Measured  float64    `json:"measured"` // gain: flawed over mended
	Interval  [2]float64 `json:"interval"`
	Predicted *float64   `json:"predicted,omitempty"` // absent if no what-if stands for it
	Error     *float64   `json:"error,omitempty"`     // beyond the interval
	Change    string     `json:"change,omitempty"`    // the what-if taken
	Flags     []string   `json:"flags"`
	Busy      bool       `json:"busy,omitempty"` // other programs disturbed the measurement
	Failure   string     `json:"failure,omitempty"`
}

// Make runs everything and prints the board.
func Make(ctx context.Context, o board.Options) error {
	dir, err := os.MkdirTemp("", "trivet-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	defer o.Progress.Done()
	var names []string
	for _, p := range pairs {
		names = append(names, p.name)
	}
	if err := o.CheckKinds(names); err != nil {
		return err
	}
	var command trivet.Command
	if !o.MeasureOnly {
		if command, err = trivet.Find(ctx, o, dir); err != nil {
			return err
		}
	}
	var rows []Row
	for _, p := range pairs {
		if !o.Wants(p.name) {
			continue
		}
		row := Row{Kind: p.name, Cores: cores, Flags: []string{}}
		err := row.fill(ctx, o, p, command, dir)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			row.Failure = err.Error()
		}
		rows = append(rows, row)
	}
	o.Progress.Done()
	if o.JSON {
		return json.NewEncoder(o.Out).Encode(rows)
	}
	return printText(o.Out, rows, o)
}

// fill predicts and measures one pair.
func (r *Row) fill(ctx context.Context, o board.Options, p pair, command trivet.Command, dir string) error {
	var predicting error
	if !o.MeasureOnly {
		o.Progress.Sayf("%s: trivet explain", p.name)
		predicting = r.predict(ctx, p, command)
	}
	o.Progress.Sayf("%s: building both", p.name)
	flawed, err := board.Build(ctx, dir, p.name, "../examples/"+p.name)
	if err != nil {
		return err
	}
	mended, err := board.Build(ctx, dir, p.name+"-mended", "../examples/"+p.name+"/mended")
	if err != nil {
		return err
	}
	o.Progress.Sayf("%s: %d pairs", p.name, o.Pairs)
	e, err := gain(ctx, o.Pairs, flawed, mended)
	if err != nil {
		return err
	}
	r.Measured, r.Interval, r.Busy = e.Median, [2]float64{e.Low, e.High}, e.Busy
	if r.Predicted != nil {
		beyond := e.Beyond(*r.Predicted)
		r.Error = &beyond
	}
	return predicting
}

// predict asks for what-ifs of the flawed program and takes the best of the kind
// that the twin stands for.
func (r *Row) predict(ctx context.Context, p pair, command trivet.Command) error {
	report, err := command.Explain(ctx, "-whatif-cores", strconv.Itoa(cores), "../examples/"+p.name)
	if err != nil {
		return err
	}
	r.Flags = report.Rules()
	if w, ok := best(report.WhatIf, p); ok {
		gain := w.Before / w.After
		r.Predicted, r.Change = &gain, w.Change+" "+w.Where
	}
	return nil
}

// best is the what-if with the largest gain among those that change what the
// pair's twin changes, in the flawed program's own file.
func best(all []trivet.WhatIf, p pair) (trivet.WhatIf, bool) {
	var found trivet.WhatIf
	for _, w := range all {
		if !p.standsFor(w) || w.After <= 0 {
			continue
		}
		if found.After == 0 || w.Before/w.After > found.Before/found.After {
			found = w
		}
	}
	return found, found.After > 0
}

func (p pair) standsFor(w trivet.WhatIf) bool {
	change := strings.ToLower(w.Change)
	return strings.Contains(w.Where, "main.go") &&
		slices.ContainsFunc(p.change, func(word string) bool { return strings.Contains(change, word) })
}

// gain is the time of the flawed program over that of the mended one, whole
// processes on two cores.
func gain(ctx context.Context, n int, flawed, mended string) (measure.Estimate, error) {
	var answer []byte
	timed := func(path string) measure.Runner {
		return func(ctx context.Context) (measure.Sample, error) {
			out, sample, err := measure.Run(ctx, cores, path)
			if err != nil {
				return sample, err
			}
			if answer == nil {
				answer = out
			}
			if !bytes.Equal(out, answer) {
				return sample, errors.New("the two programs differ in their answer")
			}
			return sample, nil
		}
	}
	c, err := measure.Pairs(ctx, n, timed(flawed), timed(mended))
	if err != nil {
		return measure.Estimate{}, err
	}
	return c.Estimate(), nil
}
