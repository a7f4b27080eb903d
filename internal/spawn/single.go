package spawn

import (
	"context"

	"github.com/trivet-go/trivet"
)

// Work is what a goroutine outside of any group does: Run, and then End with
// what Run returned, a *trivet.PanicError or trivet.ErrGoexit. If the context
// was done before Run could begin, End gets the cause. End must not panic.
type Work interface {
	Run(context.Context) error
	End(error)
}

// Go does the work on a goroutine of its own. End is the last thing that this
// goroutine does, behind the hooks.
//
// The caller must join: whatever it promises its own caller must wait for End.
// A *trivet.PanicError must be raised in the waiter; see [Unclaimed].
func Go(ctx context.Context, name string, work Work) {
	launch(single{labelled(ctx, name), name, work}.do)
}

// single is all that such a goroutine needs. It is copied into the closure that
// the go statement takes: one small allocation.
type single struct {
	ctx  context.Context
	name string
	work Work
}

func (s single) do() {
	var err error
	started, returned := false, false
	defer func() {
		switch {
		case !started:
			err = context.Cause(s.ctx)
		case !returned:
			err = Failure(recover())
		}
		s.work.End(err)
	}()
	if s.name != "" {
		defer show(s.ctx, s.name)()
	}
	if s.ctx.Err() != nil {
		return
	}
	started = true
	if hooks := trivet.HooksFrom(s.ctx); watches(hooks) {
		err = watch(hooks, s.name, s.run)
	} else {
		err = s.run()
	}
	returned = true
}

func (s single) run() error { return s.work.Run(s.ctx) }
