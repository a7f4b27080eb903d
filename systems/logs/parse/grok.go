package parse

import (
	"fmt"
	"slices"
	"strings"

	"github.com/elastic/go-grok"

	"github.com/trivet-go/trivet/systems/logs/event"
)

// grokPattern is a pattern that the user gives.
type grokPattern struct{ compiled *grok.Grok }

func compileGrok(pattern string) (func() Parser, error) {
	g, err := grok.NewComplete()
	if err == nil {
		err = g.Compile(pattern, true)
	}
	if err != nil {
		return nil, fmt.Errorf("parse: the grok pattern %q: %w", pattern, err)
	}
	return func() Parser { return &grokPattern{g} }, nil
}

func (*grokPattern) Name() string { return "grok" }

func (p *grokPattern) Parse(e *event.Event) bool {
	captured, err := p.compiled.ParseString(string(e.Line))
	if err != nil || len(captured) == 0 {
		return false
	}
	names := make([]string, 0, len(captured))
	for name := range captured {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if value := captured[name]; value != "" {
			add(e, strings.ToLower(name), []byte(value))
		}
	}
	return true
}
