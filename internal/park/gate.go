package park

import (
	"context"
	"sync/atomic"
)

// A Gate lets one goroutine in at a time. Unlike a sync.Mutex it is waited for
// under a context, may be held by a goroutine that waits for something, and
// waiting at it is a durable block in a testing/synctest bubble. The zero value
// is open. It must not be copied after use.
type Gate struct {
	// state is inside, if a goroutine is, plus one outside for each that waits.
	state atomic.Int32
	line  Line
}

const (
	inside  = 1
	outside = 2
)

// spins is how often a goroutine looks at a Gate that is held before it waits:
// most of what Gates protect takes less time than going to sleep.
const spins = 30

// Enter waits until nobody is inside, and goes in. It returns the cause of ctx
// if that is done first, and always if it is done already.
func (g *Gate) Enter(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if g.TryEnter() {
		return nil
	}
	for range spins {
		if g.state.Load()&inside == 0 && g.line.Open() && g.tryEnter() {
			return nil
		}
	}
	g.state.Add(outside)
	err := g.line.Wait(ctx, g.tryEnter)
	g.state.Add(-outside)
	return err
}

// TryEnter goes in if nobody is inside and nobody waits.
func (g *Gate) TryEnter() bool { return g.state.CompareAndSwap(0, inside) }

// tryEnter overtakes those who wait.
func (g *Gate) tryEnter() bool {
	for {
		state := g.state.Load()
		if state&inside != 0 {
			return false
		}
		if g.state.CompareAndSwap(state, state|inside) {
			return true
		}
	}
}

// Leave goes out.
func (g *Gate) Leave() {
	if g.state.Add(-inside) != 0 {
		g.line.Wake(1)
	}
}

// TryLeave goes out if nobody waits. A caller that is short enough to be inlined
// tries this before Leave, as it tries TryEnter before Enter.
func (g *Gate) TryLeave() bool { return g.state.CompareAndSwap(inside, 0) }
