package actors

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// A Context is what a method gets: the context of the message, with its
// deadline, and what the actor may do. It is done when the deadline of the
// message has passed, the system was closed, or the method has returned.
//
// It is for the method, and for goroutines that the method waits for; it must not
// be used afterwards. Contexts that were made from it, by context.WithTimeout for
// example, are cancelled when the method returns. A Context itself is used again for
// other messages, and with it what was made from it by context.WithValue or
// context.WithoutCancel and not used before: so one that was kept is refused with an
// error or a panic that says so, or taken for that of another message. Work that goes
// on longer gets a context that was not made from it, and sends what comes of it to
// the actor by a Tell.
type Context struct {
	sys      *System
	cell     *cell
	turn     *turn
	deadline int64 // of the message
	last     bool  // it is the last one that waits: whom it wakes may go on with its turn

	shared atomic.Bool // there may be contexts that were made from it: it may be looked at when the method has returned
	mu     sync.Mutex  // while timed is made, or over
	timed  atomic.Pointer[timed]
	over   atomic.Pointer[overError] // the method has returned; only of one that is shared
}

// timed is a context with the deadline of a message.
type timed struct {
	context.Context
	cancel  func(error)
	lasting bool // it is cancelled when the method returns, and says why
}

type contextKey struct{}

// contextOf returns the Context that ctx is or was made from, or nil. What was made
// from one whose method has returned belongs to no actor.
func contextOf(ctx context.Context) *Context {
	if c, ok := ctx.(*Context); ok {
		return c
	}
	c, _ := ctx.Value(contextKey{}).(*Context)
	if c != nil && c.outlived() != nil {
		return nil
	}
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

// Done is closed when the deadline of the message has passed, the system was
// closed, or the method has returned.
func (c *Context) Done() <-chan struct{} { return c.lasting().Done() }

// Err is not nil once Done is closed.
func (c *Context) Err() error {
	if c.cell == nil {
		return context.Canceled
	}
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
	c.shared.Store(true) // perhaps for one that was made from it
	if key == (contextKey{}) {
		return c
	}
	if t := c.timed.Load(); t != nil {
		return t.Value(key)
	}
	return c.outer().Value(key)
}

// outer is the context that methods of the actor have in common.
func (c *Context) outer() context.Context {
	if cell := c.cell; cell != nil {
		return cell.home.crew.Context()
	}
	return c.sys.over
}

// inner is the context that is done when c is, as long as the method runs.
func (c *Context) inner() context.Context {
	if t := c.timed.Load(); t != nil {
		return t
	}
	if c.deadline == 0 {
		return c.outer()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.timed.Load(); t != nil {
		return t
	}
	return c.withDeadline()
}

// withDeadline is called with mu held.
func (c *Context) withDeadline() *timed {
	c.shared.Store(true)
	ctx, cancel := c.sys.world.withDeadline(c.outer(), c.deadline)
	t := &timed{Context: ctx, cancel: func(error) { cancel() }}
	c.timed.Store(t)
	return t
}

// lasting is inner for those who may look at it when the method has returned: then it
// is cancelled.
func (c *Context) lasting() context.Context {
	if c.cell == nil {
		return c.sys.over
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shared.Store(true)
	t := c.timed.Load()
	if t != nil && t.lasting {
		return t
	}
	if t == nil && c.deadline != 0 {
		t = c.withDeadline()
	}
	under, stop := c.outer(), func(error) {}
	if t != nil {
		under, stop = t, t.cancel
	}
	ctx, cancel := context.WithCancelCause(under)
	t = &timed{Context: ctx, lasting: true, cancel: func(why error) {
		cancel(why)
		stop(why)
	}}
	c.timed.Store(t)
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
func (c *Context) Name() string {
	if cell := c.cell; cell != nil {
		return cell.name()
	}
	return "nobody"
}

// Now is the time, which in a simulation is that of the simulation.
func (c *Context) Now() time.Time { return c.sys.begin.Add(time.Duration(c.sys.now())) }

// Sleep lets the actor wait, and nobody else. It returns the cause of c if that is
// done first. Messages to come are what After is for.
func (c *Context) Sleep(d time.Duration) error {
	if c.Err() != nil {
		return causeOf(c)
	}
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
	me := c.mine()
	if me.virtual {
		me.urge((*turn).passivate)
		return
	}
	me.stop()
}

func (c *Context) place() (*System, *cell) { return c.sys, c.cell }
