// Package review reads the source of Go packages and asks the three questions of
// a reviewer: is the pattern right for the work (selection), do locks and channels
// keep out of each other's way (layers), and is there no more concurrency than can
// be used and ended (limits).
//
// Use it before a program runs, or where it cannot be run. What a running program
// does is for why/explain, which can confirm what a review only suspects. Data races
// are for the race detector, and what go vet finds is not looked for again.
//
// A [Rule] is one flaw, found by one go/analysis analyzer, a folder each. A finding
// names the place, the places that prove it, the consequence, one thing to try, and
// how sure it is. A rule that is not sure stays silent: there is no pointer analysis,
// and each package is read alone.
//
//	result, err := review.Packages(ctx, "./...")
//	for _, finding := range result.Findings() {
//		fmt.Println(finding.Where, finding.Title)
//	}
//
// A finding that is wanted as it is gets a comment on its line, above it, or on its
// function. The reason is mandatory, and a comment that ignores nothing is a finding:
//
//	//trivet:ignore lock-around-send the channel has room for every subscriber
//
// A package that cannot be loaded is in Result.Failed, never silently left out. An
// error means that nothing could be looked at. Work stops when ctx is done.
package review

import (
	"context"
	"strings"

	"github.com/trivet-go/trivet/why"
)

// Packages reviews the packages that match the patterns of the go command, "./..."
// without one, by all rules.
func Packages(ctx context.Context, patterns ...string) (*Result, error) {
	return Settings{}.Packages(ctx, patterns...)
}

// Settings say how to review. The zero value reviews by all rules, without tests.
type Settings struct {
	Dir   string   // where the go command runs; "" = the current directory
	Env   []string // its environment; nil = that of this process
	Rules []string // only these
	Tests bool     // test files too
}

// Result is what a review found.
type Result struct {
	Packages int `json:"packages"` // that were read
	Files    int `json:"files"`    // of them, without generated ones
	Lines    int `json:"lines"`    // of these

	Questions []Answer      `json:"questions"`
	Comments  []why.Finding `json:"comments"` // about comments that ignore rules
	Ignored   []Ignored     `json:"ignored"`
	Failed    []Failure     `json:"failed"`
}

// Answer is what a review says to one question.
type Answer struct {
	Question Question      `json:"question"`
	Name     string        `json:"name"` // "selection"
	Asks     string        `json:"asks"`
	Rules    []string      `json:"rules"` // that looked; none = not looked for
	Findings []why.Finding `json:"findings"`
}

// Ignored is a finding that a comment asks not to report.
type Ignored struct {
	Rule   string `json:"rule"`
	Where  string `json:"where"`
	Reason string `json:"reason"`
}

// Failure is a package that was not reviewed, or not by all rules.
type Failure struct {
	Package string   `json:"package"`
	Errors  []string `json:"errors"`
}

// Findings lists all findings, in order of the questions, then of the files.
func (r *Result) Findings() []why.Finding {
	var all []why.Finding
	for _, answer := range r.Questions {
		all = append(all, answer.Findings...)
	}
	return append(all, r.Comments...)
}

// Packages is the function [Packages] with settings.
func (s Settings) Packages(ctx context.Context, patterns ...string) (*Result, error) {
	rules, err := named(s.Rules)
	if err != nil {
		return nil, err
	}
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	loaded, err := s.load(ctx, patterns)
	if err != nil {
		return nil, err
	}
	readings, err := read(ctx, loaded.packages, rules, s.Dir)
	if err != nil {
		return nil, err
	}
	result := gather(readings, rules)
	result.Failed = append(loaded.failed, result.Failed...)
	if result.Packages == 0 && len(result.Failed) == 0 {
		return nil, &nothingError{patterns, s.Tests}
	}
	return result, nil
}

// nothingError says that there was no source to read.
type nothingError struct {
	patterns []string
	tests    bool
}

func (e *nothingError) Error() string {
	return "review: no Go files in " + strings.Join(e.patterns, " ")
}

func (e *nothingError) Hint() string {
	if e.tests {
		return "name packages as the go command does, as ./..."
	}
	return "name packages as the go command does, as ./...; -tests reads test files too"
}
