package spawn

import (
	"context"

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

// Member returns what [Again] starts m by. It is made once for a member, and
// kept, because a go statement allocates for a call with arguments.
func (c *Crew) Member(m Member) func() { return func() { c.do(m) } }

// Again starts the goroutine of a member.
func Again(member func()) { launch(member) }

func (c *Crew) do(m Member) {
	returned := false
	defer func() {
		if returned {
			m.End(nil)
			return
		}
		m.End(Failure(recover()))
	}()
	if c.name != "" {
		defer show(c.ctx, c.name)()
	}
	if watches(c.hooks) {
		_ = watch(c.hooks, c.name, func() error { m.Run(); return nil })
	} else {
		m.Run()
	}
	returned = true
}
