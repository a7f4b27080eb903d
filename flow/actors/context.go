package actors

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// A Context is what a method gets: the context of the message, with its
// deadline, and what the actor may do. It is done when the deadline of the
// message has passed, or the system was closed. It must not be kept when the
// method has returned.
type Context struct {
	sys      *System
	cell     *cell
	turn     *turn
	deadline int64 // of the message
	last     bool  // it is the last one that waits: whom it wakes may go on with its turn

	shared atomic.Bool // somebody has asked for Done: it may be looked at when the method has returned
	mu     sync.Mutex  // while timed is made
	timed  atomic.Pointer[timed]
}

// timed is a context with the deadline of a message.
type timed struct {
	context.Context
	cancel context.CancelFunc
}

type contextKey struct{}

// contextOf returns the Context that ctx is or was made from, or nil.
func contextOf(ctx context.Context) *Context {
	if c, ok := ctx.(*Context); ok {
		return c
	}
	c, _ := ctx.Value(contextKey{}).(*Context)
	return c
}

// handedOut returns ctx if it is a Context itself, and nil otherwise.
func handedOut(ctx context.Context) *Context {
	c, _ := ctx.(*Context)
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
func (c *Context) Done() <-chan struct{} {
	c.shared.Store(true)
	return c.inner().Done()
}

// Err is not nil once Done is closed.
func (c *Context) Err() error {
	if t := c.timed.Load(); t != nil {
		return t.Err()
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
	return c.inner().Value(key)
}

// inner is the context that is done when c is.
func (c *Context) inner() context.Context {
	outer := c.cell.home.crew.Context()
	if c.deadline == 0 {
		return outer
	}
	if t := c.timed.Load(); t != nil {
		return t
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.timed.Load()
	if t == nil {
		c.shared.Store(true)
		t = new(timed)
		t.Context, t.cancel = c.sys.world.withDeadline(outer, c.deadline)
		c.timed.Store(t)
	}
	return t
}

// flush is called before the method waits: whom it has woken need not.
func (c *Context) flush() {
	if c != nil && c.turn.baton != nil {
		c.sys.world.flush(c.turn.baton)
	}
}

// System is that of the actor.
func (c *Context) System() *System { return c.sys }

// Name is that of the actor.
func (c *Context) Name() string { return c.cell.name() }

// Now is the time, which in a simulation is that of the simulation.
func (c *Context) Now() time.Time { return c.sys.begin.Add(time.Duration(c.sys.now())) }

// Sleep lets the actor wait, and nobody else. It returns the cause of c if that is
// done first. Messages to come are what After is for.
func (c *Context) Sleep(d time.Duration) error {
	c.flush()
	return c.sys.world.sleep(c, d)
}

// WithTimeout is context.WithTimeout by the clock of Now.
func (c *Context) WithTimeout(d time.Duration) (context.Context, context.CancelFunc) {
	return c.sys.world.withDeadline(c, c.sys.now()+int64(d))
}

// Stop stops the actor itself, when the method has returned: messages that wait
// are handled, later ones refused. A grain is passivated.
func (c *Context) Stop() {
	if c.cell.virtual {
		c.cell.urge((*turn).passivate)
		return
	}
	c.cell.stop()
}

func (c *Context) place() (*System, *cell) { return c.sys, c.cell }
