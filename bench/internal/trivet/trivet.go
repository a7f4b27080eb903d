// Package trivet runs the command as a user would and reads its JSON.
package trivet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/trivet-go/trivet/bench/internal/board"
)

// Report is what the scoreboards need of the report of trivet explain. It is
// declared here, not imported, so that a renamed field breaks a test here before
// it breaks somebody's script.
type Report struct {
	Target    string   `json:"target"`
	Tier      string   `json:"tier"`
	SelfCheck float64  `json:"selfcheck_error"`
	Inflation float64  `json:"inflation"`
	Speedup   []Point  `json:"speedup"`
	WhatIf    []WhatIf `json:"whatif"`
	Flags     []Flag   `json:"flags"`
}

// Point is the forecast for a number of cores.
type Point struct {
	Cores     int     `json:"cores"`
	Predicted float64 `json:"predicted"`
}

// WhatIf is what a change would bring.
type WhatIf struct {
	Change string  `json:"change"`
	Where  string  `json:"where"`
	Cores  int     `json:"cores"`
	Before float64 `json:"before_s"`
	After  float64 `json:"after_s"`
}

// Flag is a reason given why the forecast may be off.
type Flag struct {
	Rule string `json:"rule"`
}

// Predicted is the forecast for so many cores; false if it was withheld.
func (r Report) Predicted(cores int) (float64, bool) {
	for _, p := range r.Speedup {
		if p.Cores == cores {
			return p.Predicted, true
		}
	}
	return 0, false
}

// Rules names the flags.
func (r Report) Rules() []string {
	rules := []string{}
	for _, f := range r.Flags {
		rules = append(rules, f.Rule)
	}
	return rules
}

// Command is a trivet command.
type Command struct{ Path string }

// Find returns the command that the options name, or builds it into dir.
func Find(ctx context.Context, o board.Options, dir string) (Command, error) {
	if o.Trivet != "" {
		return Command{o.Trivet}, nil
	}
	o.Progress.Sayf("building trivet")
	path, err := board.Build(ctx, dir, "trivet", "../cmd/trivet")
	return Command{path}, err
}

// Explain runs trivet explain -json with the given arguments.
func (c Command) Explain(ctx context.Context, args ...string) (Report, error) {
	cmd := exec.CommandContext(ctx, c.Path, append([]string{"explain", "-json"}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return Report{}, fmt.Errorf("trivet explain %s: %w: %s", strings.Join(args, " "), err, lastLine(stderr.String()))
	}
	return Parse(stdout.Bytes())
}

// Parse reads a report. Anything before or after the one JSON object is an error,
// as it would be for a user's script.
func Parse(data []byte) (Report, error) {
	var r Report
	if err := json.Unmarshal(data, &r); err != nil {
		return Report{}, fmt.Errorf("read trivet's JSON: %w", err)
	}
	if r.Target == "" || r.Speedup == nil || r.Flags == nil {
		return Report{}, errors.New("read trivet's JSON: target, speedup or flags is missing")
	}
	return r, nil
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}
