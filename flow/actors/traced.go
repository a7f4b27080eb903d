package actors

import (
	"slices"
	"time"
)

// A traced wait is one of an actor for another one of the same node, which leads to
// other nodes: so probes are sent for it.
type traced struct {
	by    *cell
	edge  edge
	pause time.Duration // until the next one
	stop  func() bool   // ends the timer
}

// trace sends probes for a wait of by, as long as it lasts; not if nobody waits for an
// answer of this node: then it is in no circle over several nodes.
func (s *System) trace(by *cell, e edge) {
	r := &s.remote
	if !r.holds() {
		return
	}
	t := &traced{by: by, edge: e, pause: firstPause}
	r.mu.Lock()
	r.last++
	number := r.last
	r.traced[number] = t
	e.call.traced = number
	s.traceLater(number, t)
	r.mu.Unlock()
	s.chase(number)
}

// traceLater is called with the mutex of remote held.
func (s *System) traceLater(number uint64, t *traced) {
	t.stop = s.world.after(s.jitter(t.pause), func() { s.traceAgain(number, t) })
}

func (s *System) traceAgain(number uint64, t *traced) {
	lasts := t.edge.call.word.Load() == t.edge.word && slices.Contains(t.by.allWaits(), t.edge.call)
	r := &s.remote
	r.mu.Lock()
	if r.traced[number] != t || !lasts {
		delete(r.traced, number)
		r.mu.Unlock()
		return
	}
	t.pause = min(2*t.pause, longestPause)
	s.traceLater(number, t)
	r.mu.Unlock()
	s.chase(number)
}

// untrace is called before a call is used again: so while it is in the list, and mu
// is held, it is not.
func (r *remote) untrace(number uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.traced[number]; t != nil {
		t.stop()
		delete(r.traced, number)
	}
}

// tracedEdge is the wait of this node that a probe is for, if it is within it.
func (s *System) tracedEdge(q question) edge {
	r := &s.remote
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.traced[q.number]; t != nil && q.node == s.node.Name && q.life == r.life {
		return t.edge
	}
	return edge{}
}

// tracedTo is receiver for a wait within this node.
func (s *System) tracedTo(p *probe, q question) *cell {
	e := s.tracedEdge(q)
	if e.call == nil || e.call.fate.Load() == begun {
		return nil
	}
	if again, ok := e.call.edge(); !ok || again.word != e.word {
		return nil
	}
	if p.round == refuse {
		s.refuseTraced(q, p.circle())
		return nil
	}
	return e.to
}

// refuseTraced refuses a message whose method has not begun.
func (s *System) refuseTraced(q question, circle *CycleError) {
	r := &s.remote
	r.mu.Lock()
	t := r.traced[q.number]
	if t == nil || t.edge.call.word.Load() != t.edge.word || !t.edge.call.fate.CompareAndSwap(nil, circle) {
		r.mu.Unlock()
		return
	}
	delete(r.traced, q.number)
	t.stop()
	r.mu.Unlock()
	k := t.edge.call // nobody uses it again
	if k.settle(answered) && !k.blocked.Load() {
		s.world.unpark(k)
	}
	if more := t.edge.to.has(); more != nil {
		more.room.WakeAll() // it may wait there
	}
}
