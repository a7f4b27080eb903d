package actors

import (
	"context"

	"github.com/trivet-go/trivet/internal/spawn"
)

// A state may have these methods beside those of its protocol. They are no
// messages: nobody can send them.
type (
	// Starter is called when an actor begins, and begins anew, before any message.
	// An error means that it could not.
	Starter interface{ Start(c *Context) error }

	// Stopper is called when a healthy actor ends, why is nil then, or gives up
	// its state for another reason, such as [ErrSibling].
	Stopper interface{ Stop(c *Context, why error) }
)

// starts is what is known of the states of a kind.
type starts = int32

const (
	unknown starts = iota // none was made yet
	plain
	starter
)

// hasStart reports whether the states of the kind have a Start, or may have.
func (h *home) hasStart() bool { return h.starts.Load() != plain }

// make makes a state.
func (h *home) make() any {
	state := h.kind.fresh()
	if h.starts.Load() == unknown {
		if _, ok := h.kind.user(state).(Starter); ok {
			h.starts.Store(starter)
		} else {
			h.starts.Store(plain)
		}
	}
	return state
}

// start makes the state. It reports whether there is one then.
func (t *turn) start() bool {
	c := t.cell
	t.does(beginning)
	if c.virtual {
		if err := t.awake(); err != nil {
			t.returned()
			t.fail(err)
			return false
		}
	}
	c.state = c.home.make()
	user := c.home.kind.user(c.state)
	err := error(nil)
	if k, ok := user.(Keeper); ok && c.virtual && t.sys.rules.Store != nil {
		err = t.load(k)
	}
	if s, ok := user.(Starter); ok && err == nil {
		err = s.Start(t.Context)
	}
	t.returned()
	t.release()
	if err != nil {
		t.fail(err)
	}
	return err == nil
}

// startFor makes the state for a message that is there. If it cannot be made the
// message waits for the next time; where there is none it is refused.
func (t *turn) startFor(m *message) bool {
	if t.start() {
		return true
	}
	t.startFailed(t.cell.failure())
	return false
}

// startFailed decides about the message in hand, if there is one.
func (t *turn) startFailed(err error) {
	c := t.cell
	c.mu.Lock()
	waits := c.paused
	c.mu.Unlock()
	if waits || t.at == t.n {
		return
	}
	m := &t.hand[t.at]
	t.refuse(m, err)
	t.done(m)
}

// stop lets the actor end when nothing waits any more.
func (c *cell) stop() { c.end(draining) }

// end lets the actor end, in one of two ways; ruined goes before draining.
func (c *cell) end(how life) {
	c.mu.Lock()
	if c.life >= how {
		c.mu.Unlock()
		return
	}
	c.life = how
	more := c.more
	c.schedule(nil)
	if more != nil {
		more.room.WakeAll()
	}
}

// finish ends the actor: nothing waits, or what waits is refused. Children go
// first.
func (t *turn) finish() {
	c := t.cell
	c.mu.Lock()
	how := c.life
	c.life = ending
	c.mu.Unlock()
	c.lives++ // timers, watches and answers to come are for nobody any more
	t.endKids(how, func(t *turn) {
		defer func() {
			t.reset()
			t.ended = true
		}()
		t.bye(context.Cause(t.sys.ctx))
	})
}

// ends reports whether finish was called: then the end goes on when the last child
// has ended, and nothing else may be put into its place.
func (c *cell) ends() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.life >= ending
}

// bye lets a healthy state clean up.
func (t *turn) bye(why error) {
	state := t.cell.state
	if state == nil {
		return
	}
	s, ok := t.cell.home.kind.user(state).(Stopper)
	if !ok {
		return
	}
	returned := false
	defer func() {
		if !returned {
			t.toldInVain(spawn.Failure(recover()))
		}
	}()
	s.Stop(t.Context, why)
	t.release()
	returned = true
}

// die is the last thing a turn does for its actor. Its name is free, and nobody
// counts it any more, before anybody can know that it has ended.
func (t *turn) die() {
	c := t.cell
	if c.virtual {
		t.asleep()
	} else {
		t.sys.gone(c)
	}
	c.mu.Lock()
	c.life = dead
	c.scheduled, c.turn = false, nil
	more := c.more
	var watchers []watcher
	why := error(nil)
	if more != nil {
		watchers, more.watchers = more.watchers, nil
		why = more.verdict
	}
	c.mu.Unlock()
	for _, w := range watchers {
		w.tell(Down{Who: c.name(), Why: why})
	}
	if more != nil {
		more.over.WakeAll()
	}
}
