package actors

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/trivet-go/trivet/internal/park"
	"github.com/trivet-go/trivet/internal/spawn"
)

// A world is what a system runs in: the clock, and who runs when.
type world interface {
	now() time.Time
	withDeadline(ctx context.Context, at int64) (context.Context, context.CancelFunc)

	start(c *cell, from *Context) // gives c a turn; from is the context of the actor that wants it, or nil
	baton() *baton                // for a new turn
	next(t *turn) *cell           // who goes on with a turn that is over
	flush(b *baton)               // gives a turn of its own to whoever waits for one
	after(d time.Duration, f func()) (stop func() bool)
	random(most time.Duration) time.Duration // up to most
	begun()                                  // is called first on that goroutine
	ended()                                  // is called last
	yield(t *turn, hands int)                // lets other turns go first, after so many hands
	hand(mailbox int) int                    // how many messages a turn takes at once
	sleep(ctx context.Context, d time.Duration) error

	park(ctx context.Context, k *call) error // waits for the answer, or ctx
	unpark(k *call)                          // the answer is there
	take(k *call)                            // takes what unpark leaves, after park has failed
	wait(ctx context.Context, line *park.Line, try func() bool) error
	waitQuiet(ctx context.Context) error // waits until no turn runs
}

// maxStarting is how many goroutines have been started and have not begun, at most.
const maxStarting = 256

// running is one turn that runs, in reality.turns.
const running = uint64(1) << 32

// reality is the world as it is: a goroutine for every turn. So that a flood of
// messages to a million actors does not make a million stacks before the first
// has begun, turns beyond maxStarting wait in a backlog, and each goroutine that
// begins starts one of them. No turn waits for a method to end: DESIGN.md.
type reality struct {
	sys   *System
	turns atomic.Uint64 // that run, in the upper half; that were started and have not begun, in the lower
	quiet park.Line     // those who wait until there are none
	relay relay

	mu      sync.Mutex
	backlog *cell // linked by behind
	last    *cell
	credit  atomic.Int64 // turns that may go at once; grows without the mutex
}

func (r *reality) now() time.Time { return time.Now() }

func (r *reality) withDeadline(ctx context.Context, at int64) (context.Context, context.CancelFunc) {
	return context.WithDeadline(ctx, r.sys.begin.Add(time.Duration(at)))
}

func (r *reality) after(d time.Duration, f func()) (stop func() bool) {
	return time.AfterFunc(d, f).Stop
}

func (r *reality) random(most time.Duration) time.Duration { return rand.N(most + 1) }

func (r *reality) start(c *cell, from *Context) {
	if from != nil && from.last && from.sys == r.sys && r.relay.put(from.turn.baton, c, r) {
		return
	}
	if uint32(r.turns.Add(running+1)) <= maxStarting || r.mayGo(c) {
		spawn.Again(r.sys.newTurn(c).main)
	}
}

// startFrom starts a turn of c if that is still in b. Something runs meanwhile: Stop
// waits until nothing does, and c must not be overlooked on its way.
func (r *reality) startFrom(b *baton, c *cell) {
	r.turns.Add(running)
	defer r.ended()
	if b.cell.CompareAndSwap(c, nil) {
		r.start(c, nil)
	}
}

func (r *reality) baton() *baton { return r.relay.baton() }

func (r *reality) next(t *turn) *cell {
	c := t.baton.take()
	if c != nil {
		if t.relays++; t.relays%relays == 0 {
			t.tellHandled()
			runtime.Gosched()
		}
	}
	return c
}

func (r *reality) flush(b *baton) {
	if c := b.take(); c != nil {
		r.start(c, nil)
	}
}

// mayGo puts c into the backlog, or lets it go.
//
//go:noinline
func (r *reality) mayGo(c *cell) (now bool) {
	r.mu.Lock()
	if now = r.credit.Load() > 0; now {
		r.credit.Add(-1)
	} else {
		r.waitsBehind(c)
	}
	r.mu.Unlock()
	r.release()
	return now
}

// waitsBehind puts c into the backlog. mu is held.
func (r *reality) waitsBehind(c *cell) {
	c.behind = nil
	if r.backlog == nil {
		r.backlog = c
	} else {
		r.last.behind = c
	}
	r.last = c
}

func (r *reality) begun() {
	if uint32(r.turns.Add(^uint64(0))) >= maxStarting {
		r.credit.Add(1)
		r.release()
	}
}

// release lets as many go as there is credit for; if the backlog is empty, somebody is
// on the way to it. It waits for nobody: goroutines that have begun, and wait for a
// mutex, would be as many as there are actors in the end. Whoever has the mutex looks
// again when it has given it up.
func (r *reality) release() {
	for r.credit.Load() > 0 && r.mu.TryLock() {
		c, first := (*cell)(nil), r.backlog
		if first != nil && r.credit.Load() > 0 { // it may have been used meanwhile
			c = first
			r.credit.Add(-1)
			r.backlog, c.behind = c.behind, nil
		}
		r.mu.Unlock()
		if first == nil {
			return
		}
		if c != nil {
			spawn.Again(r.sys.newTurn(c).main)
		}
	}
}

func (r *reality) ended() {
	if r.turns.Add(^(running-1))>>32 == 0 {
		r.quiet.WakeAll()
	}
}

func (r *reality) yield(t *turn, hands int) {
	if hands%budget == 0 {
		t.tellHandled()
		runtime.Gosched()
	}
}

func (r *reality) hand(mailbox int) int { return min(maxHand, max(1, mailbox/8)) }

func (r *reality) sleep(ctx context.Context, d time.Duration) error {
	if err := park.NewSpot().ParkFor(within(ctx), d); err != park.ErrLate {
		return err
	}
	return nil
}

func (r *reality) park(ctx context.Context, k *call) error { return k.spot.Park(within(ctx)) }
func (r *reality) unpark(k *call)                          { k.spot.Unpark() }
func (r *reality) take(k *call)                            { k.spot.Take() }

func (r *reality) wait(ctx context.Context, line *park.Line, try func() bool) error {
	ctx = within(ctx)
	if line.Open() && ctx.Err() == nil && try() {
		return nil
	}
	return line.Wait(ctx, try)
}

// within is ctx for a wait that ends before the method does: so the Context of an
// actor need not be kept for later.
func within(ctx context.Context) context.Context {
	if c, ok := ctx.(*Context); ok {
		return c.inner()
	}
	return ctx
}

func (r *reality) waitQuiet(ctx context.Context) error {
	return r.wait(ctx, &r.quiet, func() bool { return r.turns.Load()>>32 == 0 })
}
