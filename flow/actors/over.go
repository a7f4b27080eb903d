package actors

import (
	"context"
	"fmt"
)

// Contexts that were kept when their method had returned. One that others may have
// made contexts from is not used again, so it knows; any other one is used for the
// next message, or waits for a turn without an actor. So who was given one reads its
// cell once, and what the actor of a turn keeps is guarded by its mutex where methods
// get at it.

// An overError says that a method has returned.
type overError struct {
	op opcode // nil: it is not known which, or it was no message
	to *cell
}

// errOver is the overError of a Context that has no actor.
var errOver = new(overError)

func (e *overError) Error() string {
	what := "a method"
	switch {
	case e.op != nil:
		what = e.op.about().name + " to " + e.to.name()
	case e.to != nil:
		what = "Start, Stop or the answer to a Go of " + e.to.name()
	}
	return fmt.Sprintf("actors: the Context of %s was used after the method had returned: "+
		"give work that goes on longer a context that was not made from it, and let it send what comes of it by a Tell", what)
}

// Unwrap returns context.Canceled: for whoever has not expected it, it is that.
func (e *overError) Unwrap() error { return context.Canceled }

// newOver returns the context of methods that have returned.
func newOver(ctx context.Context) *timed {
	over, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	cancel(errOver)
	return &timed{Context: over, lasting: true, cancel: func(error) {}}
}

// end lets c know that its method, that of m if it was a message, has returned.
func (c *Context) end(m *message) {
	why := &overError{to: c.cell}
	if m != nil {
		why.op = m.op
	}
	c.mu.Lock()
	t := c.timed.Load()
	if t == nil {
		t = c.sys.over
		c.timed.Store(t)
	}
	c.over.Store(why)
	c.mu.Unlock()
	t.cancel(why)
}

// outlived says that the method of c has returned, if that is known.
func (c *Context) outlived() error {
	if why := c.over.Load(); why != nil {
		return why
	}
	if c.cell == nil {
		return errOver
	}
	return nil
}

// mine is the actor of c. It panics if the method is known to have returned.
func (c *Context) mine() *cell {
	me := c.cell
	switch err := c.outlived(); {
	case err != nil:
		panic(err)
	case me == nil:
		panic(errOver)
	}
	return me
}

// causeOf is context.Cause, which cannot know of a single method.
//
//go:noinline
func causeOf(ctx context.Context) error {
	if c, ok := ctx.(*Context); ok {
		if err := c.outlived(); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}
