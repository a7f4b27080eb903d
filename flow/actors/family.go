package actors

import (
	"fmt"
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
	case s.closing || parent == nil && s.refusing.Load() || parent != nil && (parent.more.orphan != nil || parent.ends()):
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

// hasKids reports whether c has children.
func (c *cell) hasKids() bool {
	more := c.has()
	if more == nil {
		return false
	}
	s := c.home.sys
	s.mu.Lock()
	defer s.mu.Unlock()
	return more.kids.n > 0
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
	var parting *call
	if len(kids) > 0 {
		parting = c.parting()
		more.orphan = func() {
			c.parted(parting)
			c.urge(then)
		}
	}
	more.guard = nil // it has nothing to say any more
	t.sys.mu.Unlock()
	for _, kid := range kids {
		kid.end(how)
	}
	if len(kids) > 0 {
		c.partCircles(parting)
	}
	if len(kids) == 0 {
		then(t)
	}
}
