package actors

// An actor that fails, or ends, waits until its children have ended: it handles no
// message before. That is a wait as well, for each of them. A child that waits for
// its parent then, by a Call, for room, or because it has told it to stop, would wait
// for ever.

// parting notes that c waits for its children, by a call that was never anything else:
// somebody may still look at one that was. The mutex of the system is held.
func (c *cell) parting() *call {
	k := &call{parting: true}
	c.addWait(k)
	return k
}

// parted notes that c waits for its children no more. Somebody may look at the call
// still, so nobody uses it again.
func (c *cell) parted(k *call) {
	k.settle(answered)
	c.waitsNoMore(k)
}

// leaving returns the edges from c to its children, for whose end it waits by k. It was
// reached by the edge with the number from.
func (c *cell) leaving(k *call, from int) (edges []edge) {
	word := k.word.Load()
	if word&3 != waiting {
		return nil
	}
	s := c.home.sys
	s.mu.Lock()
	defer s.mu.Unlock()
	for kid := c.more.kids.first; kid != nil && len(edges) < maxChain; kid = kid.next {
		edges = append(edges, edge{call: k, word: word, to: kid, from: from})
	}
	return edges
}

// partCircles breaks the circles that c has closed by waiting for its children, by k: one
// wait in each is refused.
func (c *cell) partCircles(k *call) {
	for {
		edges := reach(c.leaving(k, -1), c)
		last := len(edges) - 1
		if last < 0 || edges[last].to != c || edges[last].number != 0 {
			return
		}
		path := pathTo(edges, last)
		if circle := c.circle(path); circle != nil && !refuseIn(path, circle) {
			return
		}
	}
}

// refuseIn refuses a wait for an actor that waits for its children: the message lies in the
// mailbox, or has not found room there, and is not being handled. There is one in each
// circle with such an actor, since nobody is a child of its own children; it reports false
// if there was none after all.
func refuseIn(path []edge, circle *CycleError) bool {
	for i, e := range path {
		if next := path[(i+1)%len(path)]; next.call.parting && !e.call.parting {
			e.refuse(circle)
			return true
		}
	}
	return false
}

// refuse ends a wait, if that has not ended by itself.
func (e edge) refuse(circle *CycleError) {
	k := e.call
	if !k.word.CompareAndSwap(e.word, e.word|cut) {
		return
	}
	k.fate.Store(circle)
	e.to.home.sys.world.unpark(k)
	if more := e.to.has(); more != nil {
		more.room.WakeAll()
		more.over.WakeAll()
	}
}
