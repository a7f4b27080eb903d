package actors

import (
	"context"
	"sync/atomic"
	"time"
)

// A Context is what a method gets: the context of the message, with its
// deadline, and what the actor may do. It is done when the deadline of the
// message has passed, or the system was closed. It must not be kept when the
// method has returned.
//
// It is also the turn of an actor: it belongs to the goroutine that works for
// one actor, until nothing is left to do.
type Context struct {
	sys  *System
	cell *cell

	hand  []message // taken out of the mailbox
	at, n int       // the one in hand, and how many there were
	lane  []func(*Context)
	doing doing
	over  bool // the actor has no turn any more
	ended bool // the actor is to die

	used        bool          // it has handled messages
	leaving     bool          // the grain wants to be passivated
	refusing    bool          // what is in hand is refused
	interrupted bool          // what is in hand has to wait
	single      message       // one that came by the lane of the system
	current     atomic.Uint32 // 1 + the message that its method works on; 0: none

	deadline int64              // of the message in hand
	timed    context.Context    // with that deadline, if somebody asked for Done
	cancel   context.CancelFunc // of timed

	handled int64 // messages, that the system does not know of yet
}

// doing is what user code a turn runs.
type doing uint8

const (
	nothing doing = iota
	beginning
	handling       // the message in hand
	handlingSingle // the message that came by the lane of the system
	continuing     // the answer to Go
)

type contextKey struct{}

// contextOf returns the Context that ctx is or was made from, or nil.
func contextOf(ctx context.Context) *Context {
	if c, ok := ctx.(*Context); ok {
		return c
	}
	c, _ := ctx.Value(contextKey{}).(*Context)
	return c
}

// Deadline is that of the message.
func (c *Context) Deadline() (time.Time, bool) {
	if c.deadline == 0 {
		return c.sys.ctx.Deadline()
	}
	return c.sys.begin.Add(time.Duration(c.deadline)), true
}

// Done is closed when the deadline of the message has passed, or the system was
// closed.
func (c *Context) Done() <-chan struct{} { return c.context().Done() }

// Err is not nil once Done is closed.
func (c *Context) Err() error {
	if c.timed != nil {
		return c.timed.Err()
	}
	if c.deadline != 0 && c.sys.now() >= c.deadline {
		return context.DeadlineExceeded
	}
	return c.sys.ctx.Err()
}

// Value is that of the context that the system was made with.
func (c *Context) Value(key any) any {
	if key == (contextKey{}) {
		return c
	}
	return c.context().Value(key)
}

func (c *Context) context() context.Context {
	if c.deadline != 0 && c.timed == nil {
		c.timed, c.cancel = c.sys.world.withDeadline(c.cell.home.crew.Context(), c.deadline)
	}
	if c.timed != nil {
		return c.timed
	}
	return c.cell.home.crew.Context()
}

// System is that of the actor.
func (c *Context) System() *System { return c.sys }

// Name is that of the actor.
func (c *Context) Name() string { return c.cell.name() }

// Now is the time, which in a simulation is that of the simulation.
func (c *Context) Now() time.Time { return c.sys.begin.Add(time.Duration(c.sys.now())) }

// Sleep lets the actor wait, and nobody else. It returns the cause of c if that is
// done first. Messages to come are what After is for.
func (c *Context) Sleep(d time.Duration) error { return c.sys.world.sleep(c, d) }

// WithTimeout is context.WithTimeout by the clock of Now.
func (c *Context) WithTimeout(d time.Duration) (context.Context, context.CancelFunc) {
	return c.sys.world.withDeadline(c, c.sys.now()+int64(d))
}

// Stop stops the actor itself, when the method has returned: messages that wait
// are handled, later ones refused. A grain is passivated.
func (c *Context) Stop() {
	if c.cell.virtual {
		c.leaving = true
		c.cell.urge((*Context).passivate)
		return
	}
	c.cell.stop()
}

func (c *Context) place() (*System, *cell) { return c.sys, c.cell }
