package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trivet-go/trivet/why/review/abandonedsender"
	"github.com/trivet-go/trivet/why/review/actorcomputes"
	"github.com/trivet-go/trivet/why/review/busyselect"
	"github.com/trivet-go/trivet/why/review/channelasmutex"
	"github.com/trivet-go/trivet/why/review/doublelock"
	"github.com/trivet-go/trivet/why/review/endlessgoroutine"
	"github.com/trivet-go/trivet/why/review/internal/rule"
	"github.com/trivet-go/trivet/why/review/lockaroundsend"
	"github.com/trivet-go/trivet/why/review/lockaroundwork"
	"github.com/trivet-go/trivet/why/review/lockinstage"
	"github.com/trivet-go/trivet/why/review/tinymessages"
	"github.com/trivet-go/trivet/why/review/tinytasks"
	"github.com/trivet-go/trivet/why/review/twoguards"
	"github.com/trivet-go/trivet/why/review/unboundedfanout"
	"github.com/trivet-go/trivet/why/review/waitbeforedrain"
)

// Rule is one flaw that source shows, with the analyzer that finds it.
type Rule = rule.Rule

// Question is one of the three that a reviewer asks.
type Question = rule.Question

const (
	Selection = rule.Selection
	Layers    = rule.Layers
	Limits    = rule.Limits
)

// asks is what each question asks.
var asks = []struct {
	question   Question
	name, asks string
}{
	{Selection, "selection", "is the pattern right for the work?"},
	{Layers, "layers", "do locks and channels keep out of each other's way?"},
	{Limits, "limits", "does what starts also end, and is there no more of it than can be used?"},
}

// Rules lists all rules in order of their questions.
func Rules() []Rule {
	return []Rule{
		actorcomputes.Rule,
		busyselect.Rule,
		channelasmutex.Rule,
		tinymessages.Rule,
		tinytasks.Rule,

		doublelock.Rule,
		lockaroundsend.Rule,
		lockinstage.Rule,
		twoguards.Rule,
		waitbeforedrain.Rule,

		abandonedsender.Rule,
		endlessgoroutine.Rule,
		lockaroundwork.Rule,
		unboundedfanout.Rule,
	}
}

// UnknownRule is the error for a name that no rule has.
type UnknownRule struct {
	Name  string
	Known []string
}

func (e *UnknownRule) Error() string { return fmt.Sprintf("review: no rule %q", e.Name) }

// Hint lists the names that there are.
func (e *UnknownRule) Hint() string { return "the rules are " + strings.Join(e.Known, ", ") }

// named finds the rules with these names; all of them without one.
func named(names []string) ([]Rule, error) {
	all := Rules()
	if len(names) == 0 {
		return all, nil
	}
	for _, name := range names {
		if !slices.ContainsFunc(all, func(r Rule) bool { return r.Name == name }) {
			return nil, &UnknownRule{name, ruleNames(all)}
		}
	}
	return slices.DeleteFunc(all, func(r Rule) bool { return !slices.Contains(names, r.Name) }), nil
}

func ruleNames(rules []Rule) []string {
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = r.Name
	}
	return names
}
