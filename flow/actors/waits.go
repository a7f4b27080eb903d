package actors

import "slices"

// Who waits for whom. An actor handles one message at a time, so a method that
// waits makes its actor wait, and everybody who waits for that. A circle of
// those would never end, and is refused when it would be closed.
//
// What an actor waits for is a call: to an answer, while that waits, or to room
// in a mailbox, while that is full. Edges are read without a lock, so a chain
// that was read need never have existed as a whole. It is read twice: a call that
// waits in the same use both times has waited in between, so all of them have at
// the same time. Of two actors that close a circle at the same time, each sets its
// own edge before it reads those of others, so one of them sees it at least.
//
// Edges to other nodes end what can be read here; chase.go goes on from there.

// maxChain bounds how many edges are looked at.
const maxChain = 1000

// waitFor notes that the actor of c, if any, waits for k, and reports ErrCycle
// if k's receiver waits for the actor. Of two systems both must be nodes, or none.
func (c *Context) waitFor(k *call) error {
	if c == nil {
		return nil
	}
	me, to := c.cell, k.to.Load()
	if me == nil {
		return nil // the method has returned in between
	}
	if s := to.home.sys; s != c.sys && (s.node.Network == nil) != (c.sys.node.Network == nil) {
		return errMixed
	}
	k.from = me
	me.addWait(k)
	if k.number.Load() == unsent || to != me && to.waits.Load() == nil {
		return nil
	}
	return me.closed(k)
}

// closed reports ErrCycle if a circle was closed by the wait k of c.
func (c *cell) closed(k *call) error {
	first, ok := k.edge()
	if !ok {
		return nil
	}
	edges := reach([]edge{first}, c)
	last := len(edges) - 1
	if edges[last].to != c || edges[last].number != 0 {
		if slices.ContainsFunc(edges, edge.leadsAway) {
			c.home.sys.trace(c, first)
		}
		return nil
	}
	if circle := c.circle(pathTo(edges, last)); circle != nil {
		return circle
	}
	return nil
}

// circle names the actors on the way from c back to it, if all its waits hold still: so
// they have at one time.
func (c *cell) circle(way []edge) *CycleError {
	path := []string{c.name()}
	for _, e := range way {
		if !e.holds() {
			return nil
		}
		path = append(path, e.to.name())
	}
	return &CycleError{Path: path}
}

// waitsNoMore ends the wait. k knows whose it is, since c may have been kept, and be
// that of another actor now.
func (c *Context) waitsNoMore(k *call) {
	if me := k.from; me != nil {
		k.from = nil
		me.waitsNoMore(k)
	}
}

func (c *cell) waitsNoMore(k *call) {
	if !c.waits.CompareAndSwap(k, nil) && c.waits.Load() == several {
		c.dropWait(k)
	}
}

// several stands in cell.waits for all that are in more.waits.
var several = new(call)

// addWait and dropWait note what c waits for. One wait needs no lock, and a method
// that starts no goroutines has no second one.
func (c *cell) addWait(k *call) {
	if c.waits.CompareAndSwap(nil, k) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.extras()
	for {
		switch only := c.waits.Load(); {
		case only == several:
			e.waits = append(e.waits, k)
			return
		case only == nil && c.waits.CompareAndSwap(nil, k):
			return
		case only != nil && c.waits.CompareAndSwap(only, several):
			e.waits = append(e.waits, only, k)
			return
		}
	}
}

func (c *cell) dropWait(k *call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.extras()
	e.waits = slices.DeleteFunc(e.waits, func(other *call) bool { return other == k })
	if len(e.waits) == 0 {
		c.waits.CompareAndSwap(several, nil)
	}
}

// forgetWaits is for when the method has not returned: it waits no more.
func (c *cell) forgetWaits() {
	if c.waits.Swap(nil) == several {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.more.waits = nil
	}
}

// allWaits lists what c waits for.
func (c *cell) allWaits() []*call {
	switch k := c.waits.Load(); k {
	case nil:
		return nil
	case several:
		c.mu.Lock()
		defer c.mu.Unlock()
		return slices.Clone(c.more.waits)
	default:
		return []*call{k}
	}
}

// An edge is a wait as it was read.
type edge struct {
	call   *call
	word   uint64
	to     *cell
	number uint64 // of the question, if the receiver is on another node
	from   int    // the edge of a list that led to this one; -1: none did
}

// holds reports whether the wait is the same still.
func (e edge) holds() bool {
	if e.call.parting {
		return e.call.word.Load() == e.word
	}
	again, ok := e.call.edge()
	return ok && again.word == e.word
}

// leadsAway reports whether the receiver is on another node, and has been asked.
func (e edge) leadsAway() bool { return e.number != 0 && e.number != unsent }

// edge reads the edge that k is. It reports false if there is none.
func (k *call) edge() (e edge, ok bool) {
	e = edge{call: k, word: k.word.Load(), to: k.to.Load(), number: k.number.Load(), from: -1}
	if e.word&3 != waiting || e.to == nil || k.blocked.Load() && !e.to.full() {
		return e, false
	}
	return e, k.word.Load() == e.word // all of it is of the same use
}

// reach adds to a list all edges that its edges lead to. It ends with
// the first one that leads to end.
func reach(edges []edge, end *cell) []edge {
	crowded := false
	for i := 0; i < len(edges) && len(edges) < maxChain; i++ {
		at := edges[i]
		switch {
		case at.number != 0:
			continue // what the receiver waits for is not to be seen from here
		case at.to == end:
			return edges[:i+1]
		}
		waits := at.to.allWaits()
		crowded = crowded || len(waits) > 1
		for _, k := range waits {
			if k.parting {
				edges = append(edges, at.to.leaving(k, i)...)
				continue
			}
			e, ok := k.edge()
			if ok && !(crowded && slices.ContainsFunc(edges, func(other edge) bool { return other.call == k })) {
				e.from = i
				edges = append(edges, e)
			}
		}
	}
	return edges
}

// pathTo returns the edges that led to the one at last, and that.
func pathTo(edges []edge, last int) (path []edge) {
	for at := last; at >= 0; at = edges[at].from {
		path = append(path, edges[at])
	}
	slices.Reverse(path)
	return path
}
