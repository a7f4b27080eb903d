package hunt

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A NothingRunError tells that there was nothing to look at: no test, none that
// matches, or no time. It is no good news, and must not look like it.
type NothingRunError struct{ HintError }

func nothingRun(hint, format string, args ...any) error {
	return &NothingRunError{HintError{fmt.Errorf("nothing was run: "+format, args...), hint}}
}

// nothingRan is what package testing says when it found no test, example or
// corpus. It is silent when it was asked for benchmarks.
var nothingRan = regexp.MustCompile(`(?m)^testing: warning: no tests to run$`)

// notRun leaves out the packages in which nothing was run, and says so. It is an
// error that none is left.
func (h *hunt) notRun(ctx context.Context) error {
	var empty, late []string
	h.report.Packages = slices.DeleteFunc(h.report.Packages, func(p *Package) bool {
		switch {
		case p.none:
			empty = append(empty, p.Path)
		case len(p.Runs) == 0 && p.Trouble == "":
			late = append(late, p.Path)
		default:
			return false
		}
		return true
	})
	if !slices.ContainsFunc(h.report.Packages, func(p *Package) bool { return len(p.Runs) > 0 }) {
		return h.whyNothing(ctx, empty, late)
	}
	why := "there are no tests in"
	if h.Run != "" {
		why = fmt.Sprintf("no test matches -run %s:", h.Run)
	}
	h.skip(why, empty)
	h.skip("not run, because "+h.report.Stopped+":", late)
	h.skip("runs of less than 200 ms are too short to show starvation, and most livelocks:", h.tooShort())
	return nil
}

// tooShort are the packages whose undisturbed runs are over before anybody can be
// said to have waited too long.
func (h *hunt) tooShort() (packages []string) {
	for _, p := range h.report.Packages {
		if p.bins[Watched] != "" && p.Usual > 0 && p.Usual < time.Duration(starved) {
			packages = append(packages, p.Path)
		}
	}
	return packages
}

// skip says what was not looked at.
func (h *hunt) skip(why string, packages []string) {
	if n := len(packages); n > 3 {
		packages = append(packages[:3:3], fmt.Sprintf("%d more", n-3))
	}
	if len(packages) > 0 {
		h.report.Skipped = append(h.report.Skipped, why+" "+strings.Join(packages, ", "))
	}
}

// whyNothing is the error of a hunt without a run, and what to try.
func (h *hunt) whyNothing(ctx context.Context, empty, late []string) error {
	names := cmp.Or(strings.Join(h.Packages, " "), ".")
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case len(late) > 0:
		return nothingRun("give it more: -for 1m", "%s, before the first run of %s had ended", h.report.Stopped, late[0])
	case len(empty) == 0: // then there is one with trouble
		return fmt.Errorf("%s: %s", h.report.Packages[0].Path, h.report.Packages[0].Trouble)
	case h.Run != "":
		return nothingRun("list them with: go test -list . "+names, "no test matches -run %s in %s", h.Run, names)
	}
	return nothingRun(fmt.Sprintf("benchmarks run with: trivet demons %s -- -test.bench=. -test.benchtime=100ms; a program that has tests too with: -main", names),
		"there are no tests in %s", names)
}

// Outcome is the report in one word: found, nothing-found or nothing-run.
func (r *Report) Outcome() string {
	switch {
	case len(r.Packages) == 0:
		return "nothing-run"
	case r.Failed():
		return "found"
	}
	return "nothing-found"
}

// JSON writes the report as one object.
func (r *Report) JSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Outcome string `json:"outcome"`
		*Report
	}{r.Outcome(), r})
}
