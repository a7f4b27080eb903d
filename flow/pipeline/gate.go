package pipeline

import (
	"context"
	"sync/atomic"

	"github.com/trivet-go/trivet/internal/park"
)

// A gate lets one goroutine in at a time. Unlike a mutex it is waited for under
// a context, and may be held by a goroutine that sleeps.
type gate struct {
	held atomic.Bool
	line park.Line
}

func (g *gate) enter(ctx context.Context) error {
	if g.tryEnter() {
		return nil
	}
	return g.line.Wait(ctx, g.tryEnter)
}

func (g *gate) tryEnter() bool { return g.held.CompareAndSwap(false, true) }

func (g *gate) leave() {
	g.held.Store(false)
	g.line.Wake(1)
}
