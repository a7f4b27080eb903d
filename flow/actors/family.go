package actors

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet"
)

// A family is the children of one actor, in the order in which they were made.
type family struct {
	first, last *cell
	n           int
}

func (f *family) add(c *cell) {
	c.prev = f.last
	if f.last == nil {
		f.first = c
	} else {
		f.last.next = c
	}
	f.last = c
	f.n++
}

func (f *family) remove(c *cell) {
	if c.prev == nil {
		f.first = c.next
	} else {
		c.prev.next = c.next
	}
	if c.next == nil {
		f.last = c.prev
	} else {
		c.next.prev = c.prev
	}
	c.prev, c.next = nil, nil
	f.n--
}

// youngestFirst lists the family; the mutex of the system is held.
func (f *family) youngestFirst() (all []*cell) {
	for c := f.last; c != nil; c = c.prev {
		all = append(all, c)
	}
	return all
}

// familyOf returns the children of parent, or of nobody. mu is held.
func (s *System) familyOf(parent *cell) *family {
	if parent == nil {
		return &s.roots
	}
	return &parent.more.kids
}

// Spawn makes an actor and returns its address. It is a child of the actor that
// makes it, if at is a Context: it is supervised by that one, and ends with it.
// Without a name it gets a number.
//
// A name that an actor of the kind has already is an error, and so is a parent or
// a system that is being stopped.
func (k *Kind[S]) Spawn(at Place, name string) (Ref[S], error) {
	s, parent := at.place()
	if parent != nil {
		parent.mu.Lock()
		parent.extras()
		parent.mu.Unlock()
	}
	c, err := s.bear(&k.kind, parent, name)
	if err != nil {
		return Ref[S]{}, err
	}
	if c.home.hasStart() {
		c.mu.Lock()
		c.schedule(nil)
	}
	return Ref[S]{cell: c}, nil
}

// bear makes a cell and puts it into its family.
func (s *System) bear(k *kind, parent *cell, name string) (*cell, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.homeOf(k).newCell(name)
	switch {
	case s.closing || parent == nil && s.refusing.Load() || parent != nil && parent.more.orphan != nil:
		return nil, fmt.Errorf("actors: %s cannot be made: %w", c.name(), ErrStopped)
	case name == "":
		s.numbers++
		c.id = s.numbers
	case s.names[address{k, name}] != nil:
		return nil, fmt.Errorf("actors: there is a %s already", c.name())
	default:
		s.names[address{k, name}] = c
	}
	s.actors++
	c.parent = parent
	s.familyOf(parent).add(c)
	if parent != nil && parent.more.guard != nil {
		parent.more.guard.step(event[*cell]{what: born, who: c})
	}
	return c, nil
}

// gone takes an actor that has ended out of its family.
func (s *System) gone(c *cell) {
	if c.exported.Load() {
		s.remote.mu.Lock()
		delete(s.remote.exported, c.id)
		s.remote.mu.Unlock()
	}
	s.mu.Lock()
	if c.key != "" {
		delete(s.names, address{c.home.kind, c.key})
	}
	s.familyOf(c.parent).remove(c)
	delete(s.guards, c)
	s.actors--
	last := s.actors == 0
	var orphan func()
	if p := c.parent; p != nil && p.more.kids.n == 0 {
		orphan, p.more.orphan = p.more.orphan, nil
	}
	s.mu.Unlock()
	if c.parent != nil {
		s.happened(c, event[*cell]{what: ended, who: c})
	}
	if orphan != nil {
		orphan()
	}
	if last {
		s.empty.WakeAll()
	}
}

// endKids stops the children of c, the youngest first, and calls then on a turn of
// c when the last one has ended; at once if there are none.
func (t *turn) endKids(how life, then func(*turn)) {
	c := t.cell
	more := c.has()
	if more == nil {
		then(t)
		return
	}
	t.sys.mu.Lock()
	kids := more.kids.youngestFirst()
	if len(kids) > 0 {
		more.orphan = func() { c.urge(then) }
	}
	more.guard = nil // it has nothing to say any more
	t.sys.mu.Unlock()
	for _, kid := range kids {
		kid.end(how)
	}
	if len(kids) == 0 {
		then(t)
	}
}

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
	more := c.has()
	if more == nil {
		return
	}
	for timer := range more.timers {
		timer.stop()
	}
	for _, w := range more.watching {
		w.remove()
	}
	more.timers, more.watching, more.asked = nil, nil, 0
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
		err := fmt.Errorf("actors: %s has failed, the %s failure within %v: %w", c.name(), nth(do.count), guard.rules.Within, c.failure())
		if p == nil {
			c.giveUp(err)
			return
		}
		p.urge(func(t *turn) {
			if !p.ends() {
				t.fail(err)
			}
		})
	}
}

func nth(n int) string {
	switch {
	case n%10 == 1 && n%100 != 11:
		return fmt.Sprint(n, "st")
	case n%10 == 2 && n%100 != 12:
		return fmt.Sprint(n, "nd")
	case n%10 == 3 && n%100 != 13:
		return fmt.Sprint(n, "rd")
	}
	return fmt.Sprint(n, "th")
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
		h.sys.hooks.Restart(trivet.RestartInfo{Name: h.kind.name, Count: int(n), Err: c.failure()})
	}
	c.mu.Lock()
	c.paused = false
	c.schedule(nil)
}

// giveUp ends an actor that has failed too often.
func (c *cell) giveUp(err error) {
	c.mu.Lock()
	c.extras().verdict = err
	c.mu.Unlock()
	c.end(ruined)
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

// failure is why the actor has failed the last time.
func (c *cell) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.more == nil {
		return nil
	}
	return c.more.failure
}
