package actors

import (
	"fmt"
	"runtime"
	"weak"
)

// What a Ref is on the wire, and how a node finds the cell that it means.

// A location says which actor is meant, on any node.
type location struct {
	node, kind, key string
	id              uint64
	life            uint64 // of the node, if there is an id: in another life that is another actor's
}

// What a location is that of.
const (
	nobody = iota
	anActor
	aGrain
)

// address writes where c is.
func (e *encoder) address(c *cell) {
	switch {
	case c == nil:
		e.uint(nobody)
		return
	case c.virtual:
		e.uint(aGrain)
	default:
		e.uint(anActor)
	}
	at := c.location()
	e.string(at.kind)
	e.string(at.key)
	e.uint(at.id)
	e.string(at.node)
	e.uint(at.life)
}

// location is where c is, for other nodes.
func (c *cell) location() location {
	s := c.home.sys
	at := location{kind: c.home.kind.name, key: c.key, id: c.id, node: s.node.Name}
	switch {
	case c.isAway():
		at.node, at.life = c.g.node, c.g.life
	case c.id > 0 && !c.isDead():
		at.life = s.remote.life
		s.remote.mu.Lock()
		s.remote.exported[c.id] = c
		c.exported.Store(true)
		s.remote.mu.Unlock()
	}
	return at
}

// seenBy returns what the actor of c is for the one of me, if that is of another
// system: somebody on another node, if both are nodes, whichever of the two the Ref
// was made at. So waits between nodes are known as such.
func (c *cell) seenBy(me *Context) *cell {
	switch {
	case me == nil || me.sys == c.home.sys || me.sys.node.Network == nil || c.home.sys.node.Network == nil:
		return c
	case c.virtual:
		return me.sys.grain(c.home.kind, c.key)
	}
	return me.sys.find(c.home.kind, c.location())
}

// address finds what address has written, in the system of the decoder.
func (d *decoder) address() *cell {
	at, what := d.location()
	if what == nobody || d.err != nil {
		return nil
	}
	c, err := d.sys.resolve(at, what == aGrain)
	d.err = err
	return c
}

// location reads an address: whose, and what that is.
func (d *decoder) location() (at location, what uint64) {
	if what = d.uint(); what == nobody {
		return at, what
	}
	at = location{kind: d.string(), key: d.string(), id: d.uint(), node: d.string(), life: d.uint()}
	d.check(what <= aGrain)
	return at, what
}

// resolve returns the cell of an actor, which is dead if there is none any more.
func (s *System) resolve(at location, virtual bool) (*cell, error) {
	k := s.kindNamed(at.kind)
	if k == nil {
		return nil, fmt.Errorf("kind %q is unknown to node %q: it is not in its Node.Kinds", at.kind, s.node.Name)
	}
	if virtual {
		return s.grain(k, at.key), nil
	}
	return s.find(k, at), nil
}

// find returns the cell of an actor that is no grain.
func (s *System) find(k *kind, at location) *cell {
	r := &s.remote
	s.mu.Lock()
	defer s.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	var c *cell
	local := at.node == s.node.Name
	switch {
	case local && at.id > 0:
		if at.life == r.life {
			c = r.exported[at.id]
		}
	case local:
		c = s.names[address{k, at.key}]
	default:
		c = r.away[at].Value()
	}
	if c == nil {
		c = s.homeOf(k).newCell(at.key)
		c.id = at.id
		c.life = dead
		if !local {
			c.life, c.routed, c.g = away, true, &grain{node: at.node, life: at.life}
			r.away[at] = weak.Make(c)
			runtime.AddCleanup(c, r.forget, at)
		}
	}
	return c
}

// forget forgets an actor of another node that nobody has a Ref to any more.
func (r *remote) forget(at location) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p, ok := r.away[at]; ok && p.Value() == nil {
		delete(r.away, at)
	}
}

// name names who is there, as Ref.Name does.
func (at location) name(virtual bool) string {
	switch {
	case virtual:
		return at.kind + "/" + at.key
	case at.id > 0:
		return fmt.Sprintf("%s#%d@%s", at.kind, at.id, at.node)
	}
	return at.kind + ":" + at.key + "@" + at.node
}

// kindNamed returns the kind with this name, if the system knows it.
func (s *System) kindNamed(name string) *kind {
	s.remote.mu.Lock()
	k := s.remote.kinds[name]
	s.remote.mu.Unlock()
	if k != nil {
		return k
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.homes {
		if k.name == name {
			return k
		}
	}
	return nil
}

// whereabouts is the node to which messages to c go.
func (c *cell) whereabouts() string {
	node := &c.home.sys.node
	switch {
	case c.virtual && node.Placement != nil:
		return node.Placement.Node(c.home.kind.name, c.key)
	case c.g != nil && !c.virtual:
		return c.g.node
	}
	return node.Name
}
