package actors

import (
	"errors"
	"slices"
)

// Down tells that an actor has ended, or that nothing more can be known of it.
type Down struct {
	Who string // as Ref.Name names it

	// Why is nil if the actor was stopped, and otherwise says why it was given up.
	// For an actor of another node it may be an ErrUnreachable, though the actor
	// lives, and an ErrStopped if it had ended when the watch began.
	Why error
}

var errWatchGrain = errors.New("actors: a grain has no end to watch: it is passivated when it is idle, and begins again with the next message; to know that it is well, Call it")

// Watched is one watch over an actor.
type Watched struct {
	by, over *cell
	lives    uint32
	number   uint64 // of a watch over an actor of another node
	message  func(Down) message
}

// A watcher is told of the end of an actor.
type watcher interface{ tell(Down) }

// A Hearer is an Op whose messages are Downs.
type Hearer interface {
	about() *opInfo
	message(Down) message
}

// Watch lets the actor of c be told when another one ends, once, by the message
// op: at once if that has ended already. It is not told when the other one begins
// anew. The watch ends when the state of the watcher does. It panics if op is of
// another kind than that.
//
// An actor of another node is also down when its node cannot be reached: the
// Network says so, or it was silent for ten seconds, or has begun anew. The error
// is an [ErrUnreachable] then, and the watch is over, though the actor may live. A
// grain has no end: that is told at once.
func Watch[T any](c *Context, over Ref[T], op Hearer) *Watched {
	me := c.mine()
	if over.cell != nil {
		over.cell = over.cell.seenBy(c)
	}
	w := &Watched{by: me, over: over.cell, lives: me.lives, message: op.message}
	op.about().mustBe(c, "Watch")
	switch {
	case over.cell == nil:
		w.tell(Down{Who: over.Name(), Why: errNoRef})
		return w
	case over.cell.virtual:
		w.tell(Down{Who: over.Name(), Why: errWatchGrain})
		return w
	}
	me.mu.Lock()
	mine := me.extras()
	mine.watching = append(mine.watching, w)
	me.mu.Unlock()
	if over.cell.isAway() {
		c.sys.watchFar(w)
	} else if ended, why := over.cell.addWatcher(w); ended {
		w.tell(Down{Who: over.Name(), Why: why})
	}
	return w
}

// Unwatch ends a watch. The actor of c must be the watcher; it hears no more of
// it.
func (w *Watched) Unwatch(c *Context) {
	me := c.mine()
	if me != w.by {
		panic("actors: Unwatch by another actor than the watcher")
	}
	w.lives-- // what is under way is not for this life
	w.remove()
	me.mu.Lock()
	defer me.mu.Unlock()
	mine := me.more
	mine.watching = slices.DeleteFunc(mine.watching, func(other *Watched) bool { return other == w })
}

// isAway reports whether c is an actor of another node.
func (c *cell) isAway() bool { return c.g != nil && !c.virtual }

// addWatcher lets w be told of the end of c. If that has come already it says why.
func (c *cell) addWatcher(w watcher) (ended bool, why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.extras()
	if c.life == dead {
		return true, e.verdict
	}
	e.watchers = append(e.watchers, w)
	return false, nil
}

func (c *cell) removeWatcher(w watcher) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.more; e != nil {
		e.watchers = slices.DeleteFunc(e.watchers, func(other watcher) bool { return other == w })
	}
}

// remove lets the other actor forget the watch.
func (w *Watched) remove() {
	switch {
	case w.over == nil:
	case w.over.isAway():
		w.by.home.sys.unwatchFar(w)
	default:
		w.over.removeWatcher(w)
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
