// Package rule is what every rule of a review is made of.
package rule

import (
	"fmt"
	"go/token"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/trivet-go/trivet/why"
)

// Question is one of the three that a reviewer asks.
type Question int

const (
	Selection Question = 1 + iota // is the pattern right for the work?
	Layers                        // do locks and channels keep to their layers?
	Limits                        // is there more concurrency than can be used, or ended?
)

// Rule is one flaw that source shows.
type Rule struct {
	Name     string // readable, "lock-around-send"
	Question Question
	Demon    string // race, deadlock, livelock, starvation, leak; "" = only waste
	Title    string // the fact, for a list of rules
	Why      string // the consequence
	Try      string // one thing to try
	Sure     string // how sure, and what would make it surer

	Analyzer *analysis.Analyzer
}

// Analyzer makes the analyzer of a rule. Its name is the rule's, without the
// hyphens that an analyzer's name may not have, and its help is the rule's text.
func Analyzer(name string, run func(*analysis.Pass) error, requires ...*analysis.Analyzer) *analysis.Analyzer {
	text, ok := why.RuleNamed(name)
	if !ok {
		panic("rule: no text for " + name)
	}
	return &analysis.Analyzer{
		Name:     strings.ReplaceAll(name, "-", ""),
		Doc:      text.Title + "\n\n" + text.Text,
		Requires: requires,
		Run: func(pass *analysis.Pass) (any, error) {
			return nil, run(pass)
		},
	}
}

// Evidence is a place and what it shows.
type Evidence struct {
	Pos  token.Pos
	Text string
}

// At is evidence at a place.
func At(pos token.Pos, format string, args ...any) Evidence {
	return Evidence{pos, fmt.Sprintf(format, args...)}
}

// Report tells one finding: the fact at pos, and the places that prove it.
func Report(pass *analysis.Pass, pos token.Pos, fact string, evidence ...Evidence) {
	d := analysis.Diagnostic{Pos: pos, Message: fact}
	for _, e := range evidence {
		d.Related = append(d.Related, analysis.RelatedInformation{Pos: e.Pos, Message: e.Text})
	}
	pass.Report(d)
}
