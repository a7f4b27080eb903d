package main

import (
	"context"
	"slices"

	"github.com/trivet-go/trivet/why/demon"
	"github.com/trivet-go/trivet/why/demon/hunt"
	"github.com/trivet-go/trivet/why/explain"
)

// hunt looks for demons in what was recorded, for the time that -demons gives.
// It comes after the recording, which it would disturb. That it cannot look is
// no failure of the report, which says so.
func (f *explainFlags) hunt(ctx context.Context, e *env, own, rest []string, say func(string)) *explain.Demons {
	if f.demons == 0 {
		return nil
	}
	if ctx.Err() != nil {
		return &explain.Demons{Missing: "it was interrupted", Findings: []*demon.Finding{}}
	}
	o := hunt.Options{
		Dir: e.dir, Packages: own, Args: rest, Run: f.run, Tags: f.tags, For: f.demons,
		Main:     f.bench == "" && f.run == "",
		Limit:    f.forTime, // a program that does not end is ended
		Progress: func(what string) { say("demons: " + what) },
	}
	if f.bench != "" {
		o.Run = "^$"
		o.Args = append([]string{"-test.bench=" + f.bench, "-test.benchtime=10ms"}, rest...)
	}
	r, err := hunt.Hunt(ctx, o)
	if err != nil {
		return &explain.Demons{Missing: firstLine(err), Findings: []*demon.Finding{}}
	}
	if f.forTime > 0 {
		r.Findings = slices.DeleteFunc(r.Findings, notEnding)
	}
	return &explain.Demons{
		Verdict: r.Verdict(), Findings: append([]*demon.Finding{}, r.Findings...),
		Runs: r.Runs, Seconds: r.Hunted.Seconds(), Unseen: r.Skipped,
	}
}

// notEnding is the note that a run had to be ended, which -for has said already.
func notEnding(f *demon.Finding) bool { return f.Rule == "run-hangs" && f.Grade == demon.Note }
