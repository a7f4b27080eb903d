package actors

import (
	"slices"
	"time"
)

// Circles of waits that go over several nodes are found by probes (Chandy, Misra
// and Haas 1983). A probe sets out from an actor that waits for another node, and
// goes along the waits from node to node. If it comes back to the wait it set out
// from there is a circle, or has been one. So it goes round again, to look whether
// every wait on the way is the same still; then all of them were there at once, when
// it began its second round. DESIGN.md says why that is a deadlock, and why each one
// is found.
//
// A question is a probe itself, when it arrives. Others set out when a wait begins
// within a node that leads to another one, and, since all of them can be lost, in
// pauses that grow.

const (
	firstPause   = 100 * time.Millisecond // before a probe sets out that is not the first
	longestPause = 5 * time.Second
	shortest     = 10 * time.Millisecond // between two probes for one wait
	maxProbe     = 100                   // nodes that a probe goes to
)

// The rounds of a probe.
const (
	search = iota + 1
	confirm
)

type probe struct {
	round  uint64
	origin question // by which the actor waits for which it was sent
	way    []stretch
	at     uint64 // in the second round: how much of way was looked at again
}

// A stretch is the part of a way that lies in one node: from the actor that is to
// answer to the one that waits for another node.
type stretch struct {
	out   question // by which it does
	names []string // of the actors
	waits []uint64 // which waits: two numbers for each
}

// pursue lets a probe go on from the actor that is to answer q.
func (s *System) pursue(p *probe, q question) {
	c := s.remote.holder(q)
	if c == nil {
		return
	}
	for _, next := range s.stretches(c) {
		switch {
		case p.round == confirm:
			if next.equal(p.way[p.at]) {
				s.confirmed(p)
				return
			}
		case next.out == p.origin:
			again := &probe{round: confirm, origin: p.origin, way: append(slices.Clip(p.way), next)}
			s.sendProbe(again, p.origin)
		case len(p.way) < maxProbe && !slices.ContainsFunc(p.way, func(w stretch) bool { return w.out == next.out }):
			further := &probe{round: search, origin: p.origin, way: append(slices.Clip(p.way), next)}
			s.sendProbe(further, next.out)
		}
	}
}

// confirmed goes on with the second round of a probe, or ends it: then the actor
// that it set out from learns of the circle.
func (s *System) confirmed(p *probe) {
	out := p.way[p.at].out
	if p.at++; p.at < uint64(len(p.way)) {
		s.sendProbe(p, out)
		return
	}
	if out != p.origin {
		return
	}
	a := s.remote.answered(p.origin.number)
	if a == nil {
		return
	}
	last := p.way[len(p.way)-1].names
	path := []string{last[len(last)-1]}
	for _, w := range p.way {
		path = append(path, w.names...)
	}
	s.refuse(a.call, a.failed(&CycleError{Path: path}))
}

// stretches lists the ways from c to other nodes.
func (s *System) stretches(c *cell) (all []stretch) {
	var edges []edge
	for _, k := range c.allWaits() {
		if e, ok := k.edge(); ok {
			edges = append(edges, e)
		}
	}
	edges = reach(edges, nil)
	for i, e := range edges {
		if e.number == 0 || e.number == unsent {
			continue
		}
		w := stretch{out: question{s.node.Name, s.remote.life, e.number}, names: []string{c.name()}}
		for _, e := range pathTo(edges, i) {
			w.waits = append(w.waits, e.call.id, e.word)
			if e.number == 0 {
				w.names = append(w.names, e.to.name())
			}
		}
		all = append(all, w)
	}
	return all
}

func (w stretch) equal(other stretch) bool {
	return w.out == other.out && slices.Equal(w.waits, other.waits)
}

// chase sends a probe for a question of this node, if anybody waits for it: else it
// is in no circle. There are pauses between two.
func (s *System) chase(number uint64) {
	r := &s.remote
	if !r.holds() {
		return
	}
	now := s.now()
	r.mu.Lock()
	a := r.asked[number]
	if a == nil || !a.waits {
		r.mu.Unlock()
		return
	}
	if a.chased != 0 && now-a.chased < int64(shortest) {
		if a.pause > shortest { // soon, then
			a.pause = shortest
			a.stop()
			s.look(number, a)
		}
		r.mu.Unlock()
		return
	}
	a.chased = now
	r.mu.Unlock()
	origin := question{s.node.Name, r.life, number}
	s.sendProbe(&probe{round: search, origin: origin}, origin)
}

// sendProbe sends a probe along a wait of this node for another one.
func (s *System) sendProbe(p *probe, along question) {
	s.remote.mu.Lock()
	a := s.remote.asked[along.number]
	s.remote.mu.Unlock()
	if a == nil {
		return
	}
	e := &encoder{sys: s}
	e.uint(wireProbe)
	e.uint(p.round)
	e.question(p.origin)
	e.question(along)
	e.uint(uint64(len(p.way)))
	for _, w := range p.way {
		e.question(w.out)
		e.strings(w.names)
		e.uint(uint64(len(w.waits)))
		for _, n := range w.waits {
			e.uint(n)
		}
	}
	e.uint(p.at)
	_ = s.node.Network.Send(s.node.Name, a.node, e.buf) // a lost one is followed by others
}

func (s *System) receiveProbe(d *decoder) {
	p := &probe{round: d.uint(), origin: d.question()}
	along := d.question()
	n := d.uint()
	for i := uint64(0); i < n && d.err == nil; i++ {
		w := stretch{out: d.question(), names: d.strings()}
		waits := d.uint()
		for j := uint64(0); j < waits && d.err == nil; j++ {
			w.waits = append(w.waits, d.uint())
		}
		d.check(len(w.names) > 0)
		p.way = append(p.way, w)
	}
	p.at = d.uint()
	d.check(p.round == search || p.round == confirm && p.at < uint64(len(p.way)))
	if d.err == nil {
		s.pursue(p, along)
	}
}

func (e *encoder) question(q question) {
	e.string(q.node)
	e.uint(q.life)
	e.uint(q.number)
}

func (d *decoder) question() question {
	return question{node: d.string(), life: d.uint(), number: d.uint()}
}

// A question also carries the names of all who wait for its answer, and so does what
// is asked for its sake: then a circle that is one chain of calls is seen before it
// is closed.

// waitsAmongNodes prepares k, a wait of the actor of c, in a system that is a node.
func (c *Context) waitsAmongNodes(k *call) {
	k.chain = append(slices.Clip(c.asked), c.cell.name())
	if k.node = k.to.Load().whereabouts(); k.node != c.sys.node.Name {
		k.number.Store(unsent)
	}
}

func (c *Context) remoteCycle(k *call) error {
	if len(c.asked) == 0 {
		return nil
	}
	at := slices.Index(c.asked, k.to.Load().name())
	if at < 0 {
		return nil
	}
	me := c.cell.name()
	return &CycleError{Path: slices.Concat([]string{me}, c.asked[at:], []string{me})}
}
