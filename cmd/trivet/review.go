package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/trivet-go/trivet/internal/show"
	"github.com/trivet-go/trivet/why"
	"github.com/trivet-go/trivet/why/review"
)

var reviewCommand = command{
	name:  "review",
	short: "the three questions of a reviewer, asked of source: selection, layers, limits",
	usage: "trivet review [flags] [PACKAGES]",
	long: `
Review reads Go packages, ./... without one, and asks three questions. Selection:
is the pattern right for the work? Layers: do locks and channels keep out of each
other's way? Limits: does what starts also end, and is there no more of it than
can be used? Nothing is run. trivet why RULE tells more of a rule.

A finding that is wanted as it is gets a comment on its line, above it, or on its
function; the reason is mandatory, and one that ignores nothing is a finding:

  //trivet:ignore lock-around-send the channel has room for every subscriber

Exit status: 0 nothing found, 1 findings, 2 something could not be analysed.

examples:
  trivet review                                 the module in this directory
  trivet review ./store ./cmd/...               some packages
  trivet review -rules lock-around-send ./...   by one rule
  trivet review -tests -json ./... > out.json   with test files, for a machine`,
	run: runReview,
}

func runReview(ctx context.Context, e *env, args []string) int {
	set := e.flags()
	rules := set.String("rules", "", "only these `rules`, separated by commas")
	tests := set.Bool("tests", false, "read test files too")
	asJSON := set.Bool("json", false, "print one JSON object")
	own, rest, status, done := e.parse(set, args)
	if done {
		return status
	}
	settings := review.Settings{Dir: e.dir, Env: e.environ, Tests: *tests}
	for name := range strings.SplitSeq(*rules, ",") {
		if name = strings.TrimSpace(name); name != "" {
			settings.Rules = append(settings.Rules, name)
		}
	}
	result, err := settings.Packages(ctx, append(own, rest...)...)
	if err != nil {
		return e.fail(err)
	}
	if *asJSON {
		out := json.NewEncoder(e.stdout)
		out.SetIndent("", "  ")
		if err := out.Encode(result); err != nil {
			return e.fail(err)
		}
	} else {
		fmt.Fprint(e.stdout, reviewText(result, e.terminal()))
	}
	switch {
	case len(result.Failed) > 0:
		return exitFailed
	case len(result.Findings()) > 0:
		return exitMissed
	}
	return exitFine
}

// reviewText is the report: a question each, then what was ignored and what
// could not be analysed.
func reviewText(r *review.Result, terminal show.Terminal) string {
	var b strings.Builder
	for i, answer := range r.Questions {
		fmt.Fprintf(&b, "%s: %s\n", terminal.Bold(fmt.Sprintf("%d %s", i+1, strings.ToUpper(answer.Name))), answer.Asks)
		switch {
		case len(answer.Rules) == 0:
			b.WriteString("  not looked for\n")
		case r.Packages == 0:
			b.WriteString("  no package could be analysed\n")
		case len(answer.Findings) == 0:
			text := fmt.Sprintf("nothing found by %s (%s)%s", plural(len(answer.Rules), "rule"), strings.Join(answer.Rules, ", "), incomplete(r))
			writeWrapped(&b, terminal, "  ", text)
		}
		writeFindings(&b, terminal, answer.Findings)
		b.WriteString("\n")
	}
	if len(r.Comments) > 0 {
		fmt.Fprintf(&b, "%s that ignore rules\n", terminal.Bold("COMMENTS"))
		writeFindings(&b, terminal, r.Comments)
		b.WriteString("\n")
	}
	if len(r.Failed) > 0 {
		fmt.Fprintf(&b, "%s\n", terminal.Bold("COULD NOT ANALYSE"))
		for _, f := range r.Failed {
			fmt.Fprintf(&b, "  %s\n", f.Package)
			for _, text := range f.Errors {
				writeWrapped(&b, terminal, "    ", text)
			}
		}
		b.WriteString("\n")
	}
	b.WriteString(reviewSummary(r))
	return b.String()
}

// incomplete says that a clean answer is not about everything.
func incomplete(r *review.Result) string {
	if len(r.Failed) == 0 {
		return ""
	}
	return fmt.Sprintf("; %s could not be analysed", plural(len(r.Failed), "package"))
}

func writeFindings(b *strings.Builder, terminal show.Terminal, findings []why.Finding) {
	for _, f := range findings {
		fmt.Fprintf(b, "  %s  %s\n", terminal.Bold(f.Where), f.Rule)
		writeWrapped(b, terminal, "      ", f.Title)
		for _, line := range f.Evidence {
			writeWrapped(b, terminal, "      - ", line)
		}
		writeWrapped(b, terminal, "      why:  ", f.Why)
		writeWrapped(b, terminal, "      try:  ", f.Try)
		writeWrapped(b, terminal, "      sure: ", f.Sure)
	}
}

// writeWrapped breaks text into lines behind a mark, and indents those that
// follow as deep.
func writeWrapped(b *strings.Builder, terminal show.Terminal, mark, text string) {
	for _, line := range show.Wrap(text, terminal.Width-show.Width(mark)) {
		fmt.Fprintf(b, "%s%s\n", mark, line)
		mark = strings.Repeat(" ", show.Width(mark))
	}
}

func reviewSummary(r *review.Result) string {
	text := fmt.Sprintf("%s in %s, %s of Go", plural(len(r.Findings()), "finding"), plural(r.Packages, "package"), plural(r.Lines, "line"))
	if len(r.Ignored) > 0 {
		text += fmt.Sprintf("; %d ignored by comments", len(r.Ignored))
	}
	if len(r.Failed) > 0 {
		text += fmt.Sprintf("; %s could not be analysed", plural(len(r.Failed), "package"))
	}
	return text + "\n"
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
