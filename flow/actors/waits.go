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

// maxChain bounds how far a chain is followed.
const maxChain = 1000

// waitFor notes that the actor of c, if any, waits for k, and reports ErrCycle
// if k's receiver waits for the actor.
func (c *Context) waitFor(k *call) error {
	if c == nil {
		return nil
	}
	me := c.cell
	if err := c.remoteCycle(k); err != nil {
		return err
	}
	me.waits.Store(k)
	first := chain(k, me, nil)
	if first == nil {
		return nil
	}
	if again := chain(k, me, first); again == nil {
		return nil
	}
	return cycle(me, first)
}

func (c *Context) waitsNoMore(k *call) {
	if c != nil {
		c.cell.waits.CompareAndSwap(k, nil)
	}
}

// A link is one edge of a chain as it was read.
type link struct {
	call *call
	word uint64
	to   *cell
}

// chain follows the edges from k to end, and returns them; nil if they do not
// lead there, or are not those of before.
func chain(k *call, end *cell, before []link) (links []link) {
	for len(links) < maxChain {
		l := link{k, k.word.Load(), k.to.Load()}
		if l.word&3 != waiting || l.to == nil || k.blocked.Load() && !l.to.full() {
			return nil
		}
		if before != nil && (len(links) == len(before) || before[len(links)] != l) {
			return nil
		}
		if l.to == end {
			return append(links, l)
		}
		if k = l.to.waits.Load(); k == nil {
			return nil
		}
		links = append(links, l)
	}
	return nil
}

// cycle is the error that names a circle.
func cycle(me *cell, links []link) error {
	path := []string{me.name()}
	for _, l := range links {
		path = append(path, l.to.name())
	}
	return &CycleError{Path: path}
}

// What happens on another node cannot be seen. So a question that goes there, and
// what is asked for its sake, carries the names of all who wait for the answer.

// chain returns those who wait for the answer to a question that the actor asks
// now.
func (c *Context) chain() []string {
	if c == nil {
		return []string{}
	}
	return append(slices.Clip(c.asked), c.cell.name())
}

func (c *Context) remoteCycle(k *call) error {
	asked := c.asked
	if asked == nil {
		return nil
	}
	to := k.to.Load().name()
	at := slices.Index(asked, to)
	if at < 0 {
		return nil
	}
	me := c.cell.name()
	return &CycleError{Path: slices.Concat([]string{me}, asked[at:], []string{me})}
}
