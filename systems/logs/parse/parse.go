// Package parse makes events of lines: it finds the time and the named fields.
//
// Formats: combined (and common) as nginx and Apache write them, JSON objects,
// logfmt, and any grok pattern. Auto tries them and remembers what fits.
package parse

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/systems/logs/event"
)

// A Parser knows one format. Parse returns false if the line is not in it, and
// what it has written into e is of no use then. What it writes may share memory
// with e.Line. Parsers are used by one goroutine at a time.
type Parser interface {
	Name() string
	Parse(e *event.Event) bool
}

// Formats are the names that New knows.
var Formats = []string{"auto", "combined", "json", "logfmt", "grok"}

// Rules say which format lines have.
type Rules struct {
	Format string // one of Formats; empty means auto
	Grok   string // a pattern such as "%{IP:ip} %{WORD:method}"; with auto it is tried first
}

// New returns a function that makes parsers, one for each goroutine.
func New(rules Rules) (func() *Lines, error) {
	var grok func() Parser
	if rules.Grok != "" {
		var err error
		if grok, err = compileGrok(rules.Grok); err != nil {
			return nil, err
		}
	}
	var parsers func() []Parser
	switch rules.Format {
	case "", "auto":
		parsers = func() []Parser {
			all := []Parser{&combined{}, newJSON(), &logFmt{}}
			if grok != nil {
				all = slices.Insert(all, 0, grok())
			}
			return all
		}
	case "combined":
		parsers = func() []Parser { return []Parser{&combined{}} }
	case "json":
		parsers = func() []Parser { return []Parser{newJSON()} }
	case "logfmt":
		parsers = func() []Parser { return []Parser{&logFmt{}} }
	case "grok":
		if grok == nil {
			return nil, fmt.Errorf(`parse: format grok needs a pattern, such as "%%{IP:ip} %%{WORD:method} %%{URIPATH:path}"`)
		}
		parsers = func() []Parser { return []Parser{grok()} }
	default:
		return nil, fmt.Errorf("parse: there is no format %q: use one of %s", rules.Format, strings.Join(Formats, ", "))
	}
	if grok != nil && rules.Format != "grok" && rules.Format != "auto" && rules.Format != "" {
		return nil, fmt.Errorf("parse: a grok pattern and format %s exclude each other", rules.Format)
	}
	return func() *Lines { return &Lines{parsers: parsers()} }, nil
}

// Lines parses lines. It is used by one goroutine at a time.
type Lines struct {
	parsers []Parser // the one that has fitted last comes first
}

// Parse fills in e, of which ID and Line are given. A line that no parser takes
// is of format event.Raw. An error is a *trivet.PanicError of a parser: the line
// must not be tried again.
func (l *Lines) Parse(e *event.Event) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &trivet.PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	for i, p := range l.parsers {
		*e = event.Event{ID: e.ID, Line: e.Line, Fields: e.Fields[:0]}
		if p.Parse(e) {
			e.Format = p.Name()
			if i > 0 {
				copy(l.parsers[1:], l.parsers[:i])
				l.parsers[0] = p
			}
			return nil
		}
	}
	*e = event.Event{ID: e.ID, Line: e.Line, Format: event.Raw}
	return nil
}
