package actors

import (
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
	t.doing = beginning
	if c.virtual {
		if err := t.awake(); err != nil {
			t.doing = nothing
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
	t.doing = nothing
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
