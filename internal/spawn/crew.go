package spawn

import (
	"context"
	"runtime/pprof"
	"runtime/trace"

	"github.com/trivet-go/trivet"
)

// A Crew starts goroutines of one name that come and go: each of its members
// works on a goroutine while there is something to do, on none in between, and
// is started again without an allocation.
type Crew struct {
	ctx   context.Context
	name  string
	hooks *trivet.Hooks
}

// A Member is what one goroutine of a crew does: Run, and then End, with nil if
// Run returned and with a *trivet.PanicError or trivet.ErrGoexit otherwise. End
// must not panic. A member may be started again as soon as its Run has nothing
// left to do; for a moment it has two goroutines then.
type Member interface {
	Run()
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

// Again starts a goroutine that calls main, which calls [Crew.Do] and nothing
// else. A member makes it once and keeps it, because a go statement allocates for
// a call with arguments.
func Again(main func()) { launch(main) }

// Do is all that the goroutine of a member does.
func (c *Crew) Do(m Member) {
	returned := false
	defer func() {
		if returned {
			m.End(nil)
			return
		}
		m.End(Failure(recover()))
	}()
	if watches(c.hooks) || trace.IsEnabled() {
		c.observed(m)
	} else {
		if c.name != "" {
			pprof.SetGoroutineLabels(c.ctx)
		}
		m.Run()
	}
	returned = true
}

// observed is Run between hooks and in a region of the trace. It is a function of
// its own because a short goroutine should not need more stack than it begins with.
//
//go:noinline
func (c *Crew) observed(m Member) {
	if c.name != "" {
		defer show(c.ctx, c.name)()
	}
	if watches(c.hooks) {
		_ = watch(c.hooks, c.name, func() error { m.Run(); return nil })
	} else {
		m.Run()
	}
}
