package actors

import (
	"errors"
	"slices"
)

// Down tells that an actor has ended.
type Down struct {
	Who string // as Ref.Name names it
	Why error  // nil if it was stopped
}

var errUnwatched = errors.New("actors: grains and actors of other nodes cannot be watched")

// Watched is one watch over an actor.
type Watched struct {
	by, over *cell
	lives    uint32
	message  func(Down) message
}

// A Hearer is an Op whose messages are Downs.
type Hearer interface {
	about() *opInfo
	message(Down) message
}

// Watch lets the actor of c be told when another one ends, once, by the message
// op: at once if that has ended already. It is not told when the other one begins
// anew. The watch ends when the state of the watcher does. Grains, which have no
// end, and actors of other nodes cannot be watched: that is told at once as well.
func Watch[T any](c *Context, over Ref[T], op Hearer) *Watched {
	w := &Watched{by: c.cell, over: over.cell, lives: c.cell.lives, message: op.message}
	op.about().mustBe(c, "Watch")
	switch {
	case over.cell == nil:
		w.tell(Down{Who: over.Name(), Why: errNoRef})
		return w
	case over.cell.g != nil:
		w.tell(Down{Who: over.Name(), Why: errUnwatched})
		return w
	}
	c.cell.mu.Lock()
	mine := c.cell.extras()
	c.cell.mu.Unlock()
	mine.watching = append(mine.watching, w)

	o := over.cell
	o.mu.Lock()
	e, ended := o.extras(), o.life == dead
	if !ended {
		e.watchers = append(e.watchers, w)
	}
	why := e.verdict
	o.mu.Unlock()
	if ended {
		w.tell(Down{Who: o.name(), Why: why})
	}
	return w
}

// Unwatch ends a watch. The actor of c must be the watcher; it hears no more of
// it.
func (w *Watched) Unwatch(c *Context) {
	if c.cell != w.by {
		panic("actors: Unwatch by another actor than the watcher")
	}
	w.lives-- // what is under way is not for this life
	w.remove()
	mine := c.cell.more
	mine.watching = slices.DeleteFunc(mine.watching, func(other *Watched) bool { return other == w })
}

// remove lets the other actor forget the watch.
func (w *Watched) remove() {
	if w.over == nil {
		return
	}
	w.over.mu.Lock()
	defer w.over.mu.Unlock()
	if e := w.over.more; e != nil {
		e.watchers = slices.DeleteFunc(e.watchers, func(other *Watched) bool { return other == w })
	}
}

// tell sends the message.
func (w *Watched) tell(d Down) {
	w.by.urge(func(t *turn) {
		if t.cell.lives == w.lives {
			t.serveSingle(w.message(d))
		}
	})
}
