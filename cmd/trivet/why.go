package main

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet/internal/show"
	"github.com/trivet-go/trivet/why"
)

var whyCommand = command{
	name:  "why",
	short: "the long text of a rule that a report names, or the list of rules",
	usage: "trivet why [RULE]",
	long: `
Why prints what a rule means: the wrong and the right way in Go, when the wrong
one is fine, how it is found, and how sure that is. Without a rule it lists all.

examples:
  trivet why
  trivet why lock-around-work`,
	run: runWhy,
}

func runWhy(_ context.Context, e *env, args []string) int {
	own, rest, status, done := e.parse(e.flags(), args)
	if done {
		return status
	}
	own = append(own, rest...)
	switch len(own) {
	case 0:
		listRules(e)
		return exitFine
	case 1:
		return tellRule(e, own[0])
	}
	return e.fail(e.noArguments(own[1:]))
}

func listRules(e *env) {
	table := show.Table{}
	for _, rule := range why.Rules() {
		table.Row(rule.Name, rule.Title)
	}
	fmt.Fprint(e.stdout, table.Text(e.terminal()))
}

func tellRule(e *env, name string) int {
	rule, ok := why.RuleNamed(name)
	if !ok {
		hint := "trivet why lists the rules"
		if near := nearest(name, ruleNames()); near != "" {
			hint = fmt.Sprintf("did you mean trivet why %s?", near)
		}
		return e.fail(withHint(fmt.Errorf("no rule %q", name), hint))
	}
	fmt.Fprintf(e.stdout, "%s: %s\n\n%s", e.terminal().Bold(rule.Name), rule.Title, rule.Text)
	return exitFine
}

func ruleNames() []string {
	var names []string
	for _, rule := range why.Rules() {
		names = append(names, rule.Name)
	}
	return names
}
