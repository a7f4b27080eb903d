package actors

import (
	"errors"
	"runtime"
	"time"
	"weak"
)

// A grain is an actor that is always there: it has a name from the beginning, is
// made by the first message, and forgotten when it has been idle. The cell stays as
// long as somebody has a Ref, or the grain a state; so that a Ref is as good the
// day after.

// grain is what only grains have; and of an actor of another node, where that is.
// But for node and life it is the turn's.
type grain struct {
	node      string
	life      uint64 // of that node, if the actor has a number
	kept      *kept
	idleSince int64       // when it had nothing to do the last time
	stopTimer func() bool // of passivation; nil: none is set
}

// DefaultIdle is after how long a grain is passivated if nothing else is said.
const DefaultIdle = 15 * time.Minute

// Ref returns the address of the grain with this key. It makes nothing: the grain
// begins with the first message, and is passivated when it has been idle for
// [Traits.Idle]. A message that comes meanwhile, or later, makes it begin again.
func (k *Kind[S]) Ref(at Place, key string) Ref[S] {
	s, _ := at.place()
	return Ref[S]{cell: s.grain(&k.kind, key)}
}

// grain returns the cell of a grain, the same one as long as anybody has it.
func (s *System) grain(k *kind, key string) *cell {
	s.mu.Lock()
	defer s.mu.Unlock()
	where := address{k, key}
	if c := s.grains[where].Value(); c != nil {
		return c
	}
	c := s.homeOf(k).newCell(key)
	c.virtual, c.g = true, new(grain)
	c.routed = c.routed || s.node.Placement != nil
	s.grains[where] = weak.Make(c)
	runtime.AddCleanup(c, s.forget, where)
	return c
}

// forget forgets a grain that nobody has any more.
func (s *System) forget(where address) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.grains[where]; ok && p.Value() == nil {
		delete(s.grains, where)
	}
}

// awake notes that the grain has a state, or is about to.
func (t *turn) awake() error {
	s, c := t.sys, t.cell
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return ErrStopped
	}
	if !s.awake[c] {
		s.awake[c] = true
		s.actors++
	}
	return nil
}

// asleep notes that it has none.
func (t *turn) asleep() {
	s, c := t.sys, t.cell
	s.mu.Lock()
	was := s.awake[c]
	delete(s.awake, c)
	if was {
		s.actors--
	}
	last := s.actors == 0
	s.mu.Unlock()
	c.g.kept = nil
	if c.g.stopTimer != nil {
		c.g.stopTimer()
		c.g.stopTimer = nil
	}
	if last {
		s.empty.WakeAll()
	}
}

// rest sees to it that the grain is passivated, when it has nothing to do.
func (t *turn) rest() {
	c := t.cell
	t.used = false
	if c.state == nil {
		return
	}
	c.g.idleSince = t.sys.now()
	if c.g.stopTimer == nil {
		c.passivateLater(c.home.kind.traits.Idle)
	}
}

// passivateLater looks later whether the grain is idle. The timer belongs to the
// activation, like all others.
func (c *cell) passivateLater(after time.Duration) {
	lives := c.lives
	c.g.stopTimer = c.home.sys.world.after(after, func() {
		c.urge(func(t *turn) {
			if c.lives == lives {
				t.passivateIfIdle()
			}
		})
	})
}

// passivateIfIdle passivates the grain if it has been idle long enough.
func (t *turn) passivateIfIdle() {
	idle := time.Duration(t.sys.now() - t.cell.g.idleSince)
	if t.used || t.cell.hasKids() {
		idle = 0 // it is at work, or they may be
	}
	if limit := t.cell.home.kind.traits.Idle; idle < limit {
		t.cell.passivateLater(limit - idle)
		return
	}
	t.passivate()
}

// passivate lets the grain go, after its children. A message that has come meanwhile
// waits in the mailbox, and makes it begin again.
func (t *turn) passivate() {
	if t.cell.state == nil || t.cell.ends() {
		return
	}
	t.endKids(draining, func(t *turn) {
		defer t.sleep() // also if Stop ends the goroutine
		t.bye(nil)
	})
}

// sleep throws the state of a grain away, and what belongs to it.
func (t *turn) sleep() {
	t.reset()
	t.asleep()
	t.endKids(ruined, func(*turn) {})
}

// errGrain is the error of Ref.Stop.
var errGrain = errors.New("actors: a grain has no end: Context.Stop passivates it")
