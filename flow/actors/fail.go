package actors

import (
	"fmt"

	"github.com/trivet-go/trivet"
)

// What happens when an actor fails; supervisor.go decides who begins anew.

// fail is called when a method, or what is called before it, did not return, or
// when a child has failed too often. The state is thrown away, since nobody knows
// what it is like, and so are the children. Whether the actor begins anew is the
// supervisor's to say.
func (t *turn) fail(err error) {
	c := t.cell
	t.reset()
	c.mu.Lock()
	supervised := c.life == alive && !c.virtual && t.sys.ctx.Err() == nil
	c.paused, t.interrupted = supervised, true
	c.extras().failure = err
	c.mu.Unlock()
	if c.virtual {
		t.asleep()
	}
	t.endKids(ruined, func(t *turn) {
		if supervised {
			t.sys.happened(c, event[*cell]{what: hasFailed, who: c, now: t.sys.now()})
		}
	})
}

// reset throws the state away, and what belongs to it.
func (t *turn) reset() {
	c := t.cell
	c.state = nil
	c.lives++
	c.forgetWaits()
	c.mu.Lock()
	more := c.more
	if more == nil {
		c.mu.Unlock()
		return
	}
	timers, watching := more.timers, more.watching
	more.timers, more.watching, more.asked = nil, nil, 0
	c.mu.Unlock()
	for timer := range timers {
		timer.stop()
	}
	for _, w := range watching {
		w.remove()
	}
}

// failure is why the actor has failed the last time.
func (c *cell) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.more == nil {
		return nil
	}
	return c.more.failure
}

// happened tells the supervisor of c, and does what that wants.
func (s *System) happened(c *cell, e event[*cell]) {
	p := c.parent
	s.mu.Lock()
	guard := s.guardOf(c, e.what == hasFailed)
	if guard == nil {
		s.mu.Unlock()
		return
	}
	commands := guard.step(e)
	s.mu.Unlock()
	for _, do := range commands {
		s.obey(guard, p, c, do)
	}
}

// rested tells a supervisor that a pause is over, if it is one still.
func (s *System) rested(guard *supervisor[*cell], c *cell, round int) {
	s.mu.Lock()
	var commands []command[*cell]
	if s.guardOf(c, false) == guard {
		commands = guard.step(event[*cell]{what: rested, round: round})
	}
	s.mu.Unlock()
	for _, do := range commands {
		s.obey(guard, c.parent, c, do)
	}
}

// guardOf returns the supervisor of c. There is none before the first failure, when it is
// needed.
// mu is held.
func (s *System) guardOf(c *cell, needed bool) *supervisor[*cell] {
	p := c.parent
	if p == nil {
		if !needed {
			return s.guards[c]
		}
		if s.guards[c] == nil {
			s.guards[c] = &supervisor[*cell]{rules: s.rules.Supervision, kids: []kid[*cell]{{who: c}}}
		}
		return s.guards[c]
	}
	if p.more.orphan != nil { // all of the family are ending
		return nil
	}
	if p.more.guard == nil && needed {
		p.more.guard = &supervisor[*cell]{rules: p.home.kind.traits.Supervision}
		for kid := p.more.kids.first; kid != nil; kid = kid.next {
			p.more.guard.step(event[*cell]{what: born, who: kid})
		}
	}
	return p.more.guard
}

// obey does what the supervisor of p's children wants; c is the one to which
// something has happened.
func (s *System) obey(guard *supervisor[*cell], p, c *cell, do command[*cell]) {
	switch do.do {
	case halt:
		do.who.urge((*turn).halt)
	case begin:
		do.who.beginAnew()
	case rest:
		pause := s.world.random(guard.rules.pause(do.count))
		s.world.after(pause, func() { s.rested(guard, c, do.round) })
	case escalate:
		why := c.failure()
		err := &shortError{fmt.Sprintf("actors: %s has failed, failure %d within %v: %s", c.name(), do.count, guard.rules.Within, short(why)), why}
		if p == nil {
			c.giveUp(err, &shortError{fmt.Sprintf("actors: %s was given up after %d failures within %v: %s", c.name(), do.count, guard.rules.Within, short(why)), why})
			return
		}
		p.urge(func(t *turn) {
			if !p.ends() {
				t.fail(err)
			}
		})
	}
}

// halt throws a healthy state away, because a sibling has failed.
func (t *turn) halt() {
	c := t.cell
	if c.ends() {
		return // the supervisor hears of that
	}
	defer func() { // also if Stop ends the goroutine
		t.reset()
		c.mu.Lock()
		c.paused, t.interrupted = c.life == alive, true
		c.mu.Unlock()
		t.endKids(draining, func(t *turn) { t.sys.happened(c, event[*cell]{what: stopped, who: c}) })
	}()
	t.bye(ErrSibling)
}

// beginAnew lets a failed actor handle messages again.
func (c *cell) beginAnew() {
	h := c.home
	n := h.restarts.Add(1)
	if h.sys.hooks.Restart != nil {
		h.sys.hooks.Restart(trivet.RestartInfo{Name: c.name(), Count: int(n), Err: c.failure()})
	}
	c.mu.Lock()
	c.paused = false
	c.schedule(nil)
}

// giveUp ends an actor that has failed too often. Those that send to it, and watchers,
// get the verdict; nobody may do either, so a hook is told too.
func (c *cell) giveUp(verdict, told error) {
	c.mu.Lock()
	c.extras().verdict = verdict
	c.mu.Unlock()
	c.toldInVain(told)
	c.end(ruined)
}

// stopped is the error of a message to an actor that has been stopped: an ErrStopped,
// and why if it was given up.
func (c *cell) stopped() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.more == nil || c.more.verdict == nil {
		return ErrStopped
	}
	return fmt.Errorf("%w: %w", ErrStopped, c.more.verdict)
}
