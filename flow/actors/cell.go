package actors

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/park"
)

// A cell is an actor as the system knows it: its address, its mailbox, and its
// state while it has one. A Ref is a pointer to it. DESIGN.md has the protocol.
//
// Fields below mu are guarded by it. Those of the turn belong to the goroutine
// of the actor's turn, of which there is one at most: whoever sets scheduled.
type cell struct {
	home *home
	key  string // of its name; "" if it has a number
	id   uint64

	mu        sync.Mutex // held for a few instructions, never while calling user code
	box       *ring      // nil while nothing waits
	turn      *turn      // the one that runs
	life      life
	scheduled bool   // a turn runs, or is about to
	virtual   bool   // a grain; never changes
	routed    bool   // its messages may have to go to another node, or to be encoded; never changes
	paused    bool   // it has failed, and handles no message before it begins anew
	seq       uint32 // messages put into the mailbox so far; begins anywhere, for the samples
	more      *more  // what few actors have
	behind    *cell  // in the backlog of the system

	g *grain // of a grain, and of an actor of another node; never changes

	parent     *cell // who made it; nil if none did
	prev, next *cell // among the children of parent; guarded by the mutex of the system

	urgent   atomic.Bool          // there is something in more.lane
	exported atomic.Bool          // other nodes know its number
	waits    atomic.Pointer[call] // what the actor's method waits for

	lives uint32 // of the turn: how often the state was made
	state any    // of the turn: *held[S], or nil
}

type life uint8

const (
	alive    life = iota
	draining      // takes no more messages, and handles what waits
	ruined        // takes no more messages, and refuses what waits
	ending        // waits for its children to end
	dead
	away // of another node
)

// more is the part of a cell that is made when it is needed.
type more struct {
	lane []func(*turn) // the lane of the system: goes before all messages
	room park.Line     // senders that wait for room
	over park.Line     // those who wait for the end

	waits    []*call   // guarded by mu: what the method waits for beside cell.waits
	watchers []watcher // guarded by mu: who is told of the end
	failure  error     // guarded by mu: why it has failed the last time
	verdict  error     // guarded by mu: why it was given up

	// Of the turn, and guarded by mu: methods may have goroutines.
	asked    int // how many answers to Go are still to come
	watching []*Watched
	timers   map[*Timer]struct{}

	// Guarded by the mutex of the system.
	kids   family
	orphan func() // called when the last child is gone
	guard  *supervisor[*cell]
}

// newCell is called with the mutex of the system held.
func (h *home) newCell(key string) *cell {
	h.born++
	return &cell{home: h, key: key, seq: h.born - 1, routed: h.sys.rules.Encode}
}

func (c *cell) name() string {
	kind := c.home.kind.name
	if c.virtual {
		return kind + "/" + c.key
	}
	name := kind + ":" + c.key
	if c.id > 0 {
		name = fmt.Sprintf("%s#%d", kind, c.id)
	}
	if node := c.whereabouts(); node != "" {
		name += "@" + node
	}
	return name
}

// extras is called with mu held.
func (c *cell) extras() *more {
	if c.more == nil {
		c.more = new(more)
	}
	return c.more
}

// has returns the extras, if there are any.
func (c *cell) has() *more {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.more
}

// roomy returns the mailbox if that has room for one more message, after it has
// grown perhaps, and nil if it has none. mu is held.
func (c *cell) roomy() *ring {
	switch {
	case c.box == nil:
		c.box = c.newRing(0)
	case c.box.n >= c.home.mailbox:
		return nil
	case c.box.n >= c.box.room:
		c.grow()
	}
	return c.box
}

// newRing returns an empty ring of the size with this index.
func (c *cell) newRing(size int) *ring {
	r := c.home.sys.newRing(size)
	r.room = min(len(r.slots), c.home.mailbox)
	return r
}

func (c *cell) grow() {
	small := c.box
	c.box = c.newRing(small.size + 1)
	small.moveTo(c.box)
	c.home.sys.giveBack(small)
}

// sampleEvery is how many messages share one measurement of times.
const sampleEvery = 256

// schedule sees to it that there is a turn. from is the context of the actor that
// wants it, or nil. The dead have none, so that they do not die again. It is called
// with mu held, and gives it up.
func (c *cell) schedule(from *Context) {
	start := !c.scheduled && c.life != dead
	c.scheduled = c.scheduled || start
	c.mu.Unlock()
	if start {
		c.home.sys.world.start(c, from)
	}
}

// sendSlowly is for messages for which slot had no place.
func (c *cell) sendSlowly(ctx context.Context, m message) error {
	s := c.home.sys
	if s.refusing.Load() && (contextOf(ctx) == nil || s.ctx.Err() != nil) {
		return failed(c, m.op, ErrStopped)
	}
	if c.routed {
		if local, err := c.route(ctx, &m); !local {
			return err
		}
	}
	c.mu.Lock()
	switch {
	case c.life != alive:
		c.mu.Unlock()
		return failed(c, m.op, c.stopped())
	case c.place(handedOut(ctx), m):
		return nil
	}
	if c.home.kind.traits.Overflow == trivet.Block {
		room := &c.extras().room
		c.mu.Unlock()
		return c.waitForRoom(ctx, room, m)
	}
	return c.spill(m)
}

// spill does what the kind wants with a message that does not fit, when nobody can
// wait. It is called with mu held, and gives it up.
func (c *cell) spill(m message) error {
	policy := c.home.kind.traits.Overflow
	if policy == trivet.Block { // the sender is on another node
		policy = trivet.Refuse
	}
	var victim message
	if policy == trivet.DropOldest {
		var oldest [1]message
		c.box.take(oldest[:])
		victim = oldest[0]
		c.place(nil, m)
	} else {
		c.mu.Unlock()
	}
	return c.overflow(policy, m, victim)
}

// place puts m into the mailbox, if there is room. It is called with mu held,
// and gives it up if it did.
func (c *cell) place(from *Context, m message) bool {
	box := c.roomy()
	if box == nil {
		return false
	}
	if c.seq++; c.seq%sampleEvery == 1 {
		m.sent = c.home.sys.now()
	}
	*box.next() = m
	c.schedule(from)
	return true
}

// overflow does what is to be done with a message that did not fit, or with the
// one that had to go for it.
func (c *cell) overflow(policy trivet.Overflow, m, victim message) (err error) {
	c.count(policy)
	switch {
	case policy == trivet.Refuse || policy == trivet.DropNewest && m.reply != nil:
		return failed(c, m.op, ErrFull)
	case policy == trivet.Divert:
		c.letter(&m, 0, ErrFull)
		if m.reply != nil {
			return failed(c, m.op, ErrFull)
		}
	case policy == trivet.DropOldest && victim.reply != nil:
		c.home.sys.refuse(victim.reply, failed(c, victim.op, ErrDropped))
	}
	return nil
}

// waitForRoom is what Block means: the sender waits, and if that is an actor, it
// and no other.
func (c *cell) waitForRoom(ctx context.Context, room *park.Line, m message) error {
	s, k := c.home.sys, m.reply
	me := contextOf(ctx)
	me.flush()
	if me != nil && k == nil { // a Call has said so already
		k = s.newCall(c)
		k.blocked.Store(true)
		k.contested = true
		err := me.waitFor(k)
		defer func() {
			me.waitsNoMore(k)
			k.blocked.Store(false)
			s.freeCall(k)
		}()
		if err != nil {
			return failed(c, m.op, err)
		}
	}
	stopped := false
	circle := (*CycleError)(nil)
	err := s.world.wait(ctx, room, func() bool {
		if k != nil {
			if circle = k.refusal(); circle != nil {
				return true
			}
		}
		c.mu.Lock()
		if c.life != alive {
			c.mu.Unlock()
			stopped = true
			return true
		}
		if c.place(handedOut(ctx), m) {
			return true
		}
		c.mu.Unlock()
		return false
	})
	switch {
	case stopped:
		return failed(c, m.op, c.stopped())
	case circle != nil:
		return failed(c, m.op, circle)
	case err != nil:
		return failed(c, m.op, err)
	}
	return nil
}

// empty is called with mu held.
func (c *cell) empty() bool { return c.box == nil || c.box.n == 0 }

// full reports whether a message would have to wait for room.
func (c *cell) full() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.life == alive && c.box != nil && c.box.n >= c.home.mailbox
}

// urge puts f into the lane of the system: it runs on the actor's next turn,
// before any message. It reports false if there will be none.
func (c *cell) urge(f func(*turn)) bool {
	c.mu.Lock()
	if c.life == dead {
		c.mu.Unlock()
		return false
	}
	e := c.extras()
	e.lane = append(e.lane, f)
	c.urgent.Store(true)
	c.schedule(nil)
	return true
}

// urgents takes what is in the lane of the system.
func (c *cell) urgents() []func(*turn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	lane := c.more.lane
	c.more.lane = nil
	c.urgent.Store(false)
	return lane
}
