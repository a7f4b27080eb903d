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

// A turn works for one actor, on a goroutine of its own, until nothing is left to
// do.
type turn struct {
	*Context // what methods get: another one when that was shared

	main   func() // the goroutine
	baton  *baton // who has the turn next; nil in a simulation
	relays int    // turns that its goroutine has had

	hand  []message // taken out of the mailbox
	at, n int       // the one in hand, and how many there were
	left  int       // messages in the mailbox then
	lane  []func(*turn)
	one   [1]func(*turn) // a lane of one
	doing doing
	ended bool // the actor is to die

	used        bool    // it has handled messages
	refusing    bool    // what is in hand is refused
	interrupted bool    // what is in hand has to wait
	single      message // one that came by the lane of the system
	current     int     // 1 + the message that its method works on; 0: none; see mark
	handled     int64   // messages that the system does not know of yet
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
