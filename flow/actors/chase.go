package actors

import (
	"slices"
	"time"
)

// Circles of waits that go over several nodes are found by probes (Chandy, Misra
// and Haas 1983). A probe is for one wait, its origin. It goes along the waits, from
// whom that one is for, and if it comes back to it there is a circle, or has been one.
// So it goes round again, to look whether every wait on the way is the same still: then
// all of them were there at once, when its second round began. A third time it goes to
// where the message of its origin is, which is refused, unless its method has begun.
// DESIGN.md says why each circle ends so, and nothing else does.
//
// A question is a probe itself when it arrives. Waits within a node send one when they
// begin, if they lead to another node. Since all can be lost there are more of them, in
// pauses that grow.

const (
	firstPause   = 100 * time.Millisecond // before a second probe for the same wait
	longestPause = time.Second
	maxProbe     = 100 // nodes that a probe goes to
)

// The rounds of a probe.
const (
	search = iota + 1
	confirm
	refuse
)

type probe struct {
	round  uint64
	origin question
	way    []stretch
	at     uint64 // in the second round: how much of way was looked at again
}

// A stretch is the part of a way that lies in one node: from the actor that is to
// answer to the one that waits for another node, or for the origin's receiver.
type stretch struct {
	out   question // by which it does
	names []string // of the actors
	waits []uint64 // which waits: two numbers for each
}

// pursue lets a probe go on from whom q is for.
func (s *System) pursue(p *probe, q question) {
	c := s.receiver(p, q)
	if c == nil {
		return
	}
	for _, next := range s.stretches(c, p.origin) {
		switch {
		case p.round == confirm:
			if next.equal(p.way[p.at]) {
				s.confirmed(p)
				return
			}
		case next.out == p.origin:
			s.sendProbe(p.further(confirm, next), p.origin)
		case len(p.way) < maxProbe && !slices.ContainsFunc(p.way, func(w stretch) bool { return w.out == next.out }):
			s.sendProbe(p.further(search, next), next.out)
		}
	}
}

func (p *probe) further(round uint64, next stretch) *probe {
	return &probe{round: round, origin: p.origin, way: append(slices.Clip(p.way), next)}
}

// confirmed goes on with the second round of a probe.
func (s *System) confirmed(p *probe) {
	out := p.way[p.at].out
	switch p.at++; {
	case p.at < uint64(len(p.way)):
		s.sendProbe(p, out)
	case out == p.origin:
		s.sendProbe(&probe{round: refuse, origin: p.origin, way: p.way}, p.origin)
	}
}

// receiver returns who is to answer q, and has not; nil if that is not known, or if
// there is no need to go on with the probe.
func (s *System) receiver(p *probe, q question) *cell {
	r := &s.remote
	if q.node == s.node.Name {
		return s.tracedTo(p, q)
	}
	if p.round == refuse {
		if circle := p.circle(); r.refuse(q, circle) {
			s.sayCircle(q, circle)
		}
		return nil
	}
	r.mu.Lock()
	i := r.inquiry(q)
	if i == nil {
		r.mu.Unlock()
		return nil
	}
	c, circle, skip := i.cell, i.circle, len(p.way) == 0 && i.hasBegun()
	r.mu.Unlock()
	switch {
	case circle != nil:
		s.sayCircle(q, circle) // again: it was lost
	case !skip:
		return c
	}
	return nil
}

// circle names who is in the circle that a probe has found.
func (p *probe) circle() *CycleError {
	last := p.way[len(p.way)-1].names
	path := last[len(last)-1:]
	for _, w := range p.way {
		path = append(slices.Clip(path), w.names...)
	}
	return &CycleError{Path: path}
}

// stretches lists the ways from c to other nodes, and to the origin.
func (s *System) stretches(c *cell, origin question) (all []stretch) {
	var edges []edge
	for _, k := range c.allWaits() {
		if e, ok := k.edge(); ok {
			edges = append(edges, e)
		}
	}
	if len(edges) == 0 {
		return nil
	}
	within := s.tracedEdge(origin)
	edges = reach(edges, nil)
	for i, e := range edges {
		out := question{s.node.Name, s.remote.life, e.number}
		switch {
		case e.leadsAway():
		case e.call == within.call && e.word == within.word:
			out = origin
		default:
			continue
		}
		w := stretch{out: out, names: []string{c.name()}}
		path := pathTo(edges, i)
		for n, e := range path {
			w.waits = append(w.waits, e.call.id, e.word)
			if n < len(path)-1 {
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

// chase sends a probe for a question of this node, if anybody waits for an answer of
// this node: else it is in no circle.
func (s *System) chase(number uint64) {
	if s.remote.holds() {
		origin := question{s.node.Name, s.remote.life, number}
		s.sendProbe(&probe{round: search, origin: origin}, origin)
	}
}

// sendProbe sends a probe along a wait of this node.
func (s *System) sendProbe(p *probe, along question) {
	s.remote.mu.Lock()
	a, within := s.remote.asked[along.number], s.remote.traced[along.number]
	s.remote.mu.Unlock()
	if within != nil {
		s.pursue(p, along)
		return
	}
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
	_ = s.send(a.node, e) // a lost one is followed by others
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
	d.check(p.round == search || p.round <= refuse && p.at < uint64(len(p.way)))
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

// sayCircle tells who has asked q that it was refused. If it is lost the next probe is
// told again.
func (s *System) sayCircle(q question, circle *CycleError) {
	e := &encoder{sys: s}
	e.uint(wireCircle)
	e.uint(q.life)
	e.uint(q.number)
	e.strings(circle.Path)
	_ = s.send(q.node, e)
}

func (s *System) receiveCircle(d *decoder) {
	life, number, path := d.uint(), d.uint(), d.strings()
	if d.err != nil || life != s.remote.life {
		return
	}
	if a := s.remote.takeQuestion(number); a != nil {
		s.refuse(a.call, a.failed(&CycleError{Path: path}))
	}
}

// contest prepares k, a wait of the actor of c, if there is one: the message may be
// refused to break a circle.
func (c *Context) contest(k *call) {
	if c == nil {
		return
	}
	if k.contested = true; c.sys.node.Network == nil {
		return
	}
	if k.node = k.to.Load().whereabouts(); k.node != c.sys.node.Name {
		k.number.Store(unsent)
	}
}
