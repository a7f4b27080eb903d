package spawn

import (
	"context"
	"runtime/pprof"
	"runtime/trace"

	"github.com/trivet-go/trivet"
)

// A Crew is the name that goroutines carry which come and go: each works for a
// member while there is something to do, and is started again without an allocation.
type Crew struct {
	ctx   context.Context
	name  string
	hooks *trivet.Hooks
}

// A Member is what such a goroutine does. Run does a piece of work for the crew that
// Crew names, and reports whether the goroutine goes on, with another Run, maybe for
// another crew. End is called last: with nil if Run has reported false, and with a
// *trivet.PanicError or trivet.ErrGoexit if it did not return. End must not panic.
type Member interface {
	Crew() *Crew
	Run() bool
	End(error)
}

// NewCrew returns a crew whose goroutines carry name. The caller must join: see
// [Go]. Members are started also if ctx is done; what they do about that is
// their affair.
func NewCrew(ctx context.Context, name string) *Crew {
	return &Crew{ctx: labelled(ctx, name), name: name, hooks: trivet.HooksFrom(ctx)}
}

// Context is that of NewCrew with the profiler label of the crew.
func (c *Crew) Context() context.Context { return c.ctx }

// Again starts a goroutine that calls main, which calls [Do] and nothing that may
// fail. A member makes it once and keeps it, because a go statement allocates for a
// call with arguments.
func Again(main func()) { launch(main) }

// Do is all that the goroutine of a member does.
func Do(m Member) {
	returned := false
	defer func() {
		if returned {
			m.End(nil)
			return
		}
		m.End(Failure(recover()))
	}()
	var last *Crew
	for more := true; more; {
		c := m.Crew()
		if watches(c.hooks) || trace.IsEnabled() {
			more = c.observed(m)
		} else {
			if c != last && (c.name != "" || last != nil) {
				pprof.SetGoroutineLabels(c.ctx)
			}
			more = m.Run()
		}
		last = c
	}
	returned = true
}

// observed is Run between hooks and in a region of the trace. It is a function of
// its own because a short goroutine should not need more stack than it begins with.
//
//go:noinline
func (c *Crew) observed(m Member) (more bool) {
	if c.name != "" {
		defer show(c.ctx, c.name)()
	}
	if watches(c.hooks) {
		_ = watch(c.hooks, c.name, func() error { more = m.Run(); return nil })
	} else {
		more = m.Run()
	}
	return more
}
