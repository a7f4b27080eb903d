package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/trivet-go/trivet/why/explain"
	"github.com/trivet-go/trivet/why/inventory"
	"github.com/trivet-go/trivet/why/review"
)

// sourceReader reads the source of what is explained while that is built, so
// that it costs no time and is over when the program is recorded.
type sourceReader struct {
	cancel context.CancelFunc
	done   chan *explain.Source
	source *explain.Source
}

// sourcePatience is how long recording waits for the source when building is over.
const sourcePatience = 10 * time.Second

func (f *explainFlags) readSource(ctx context.Context, e *env, own []string) *sourceReader {
	if isFile(own) {
		return &sourceReader{cancel: func() {}, source: &explain.Source{Missing: "no source: name the package instead of its recording"}}
	}
	ctx, cancel := context.WithCancel(ctx)
	r := &sourceReader{cancel: cancel, done: make(chan *explain.Source, 1)}
	s := inventory.Source{Dir: e.dir, Tags: f.tags, Tests: f.bench+f.run != "", Names: own}
	go func() { r.done <- readSource(ctx, s) }()
	return r
}

func readSource(ctx context.Context, s inventory.Source) *explain.Source {
	loaded, err := inventory.Load(ctx, s)
	if err != nil {
		return &explain.Source{Missing: "the source could not be read: " + firstLine(err)}
	}
	source := &explain.Source{Patterns: inventory.Of(loaded)}
	names := s.Names
	if !s.Tests && !allGoFiles(names) {
		names = nil // what they import of their own module as well
		for _, p := range loaded {
			names = append(names, p.PkgPath)
		}
	}
	settings := review.Settings{Dir: s.Dir, Env: withTags(s.Tags), Tests: s.Tests}
	result, err := settings.Packages(ctx, names...)
	if err != nil {
		source.Unread = "the source could not be reviewed: " + firstLine(err)
		return source
	}
	source.Review(result)
	return source
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// withTags is an environment in which the go command uses build tags; nil = that
// of this process.
func withTags(tags string) []string {
	if tags == "" {
		return nil
	}
	return append(os.Environ(), "GOFLAGS="+strings.TrimSpace(os.Getenv("GOFLAGS")+" -tags="+tags))
}

// wait waits for the source, but not for ever.
func (r *sourceReader) wait() {
	if r.source != nil {
		return
	}
	late := time.NewTimer(sourcePatience)
	defer late.Stop()
	select {
	case r.source = <-r.done:
	case <-late.C:
		r.stop()
		r.source = &explain.Source{Missing: fmt.Sprintf("the source was not read %v after the program was built", sourcePatience)}
	}
}

func (r *sourceReader) result() *explain.Source {
	r.wait()
	return r.source
}

// stop ends the reading when nobody wants it any more.
func (r *sourceReader) stop() { r.cancel() }
