package actors

import "slices"

// What a node knows of the questions that others have asked it, and for whose
// answers actors wait there. It is what the edges between nodes are known by: the
// one who waits knows that he does; the node that was asked knows that it has the
// question, and that no answer is under way.

// A question is what a wait is known by on other nodes.
type question struct {
	node         string // who asked
	life, number uint64 // see remote
}

// A peer is another node that has asked. Of the questions that were answered some
// are remembered, since a network may deliver one again.
type peer struct {
	life     uint64 // its last
	known    map[uint64]*inquiry
	answered []uint64 // those in known that were, in order
	floor    uint64   // of what was forgotten, and lies at or below it, nothing is known
}

// maxAnswered is how many answered questions are remembered.
const maxAnswered = 1000

// An inquiry is a question that was received, once or more often.
type inquiry struct {
	peer   *peer
	number uint64
	cell   *cell       // who is to answer; nil if an answer was sent: whoever asked may go on
	copies []*call     // that are not answered
	circle *CycleError // why it was refused
}

// hold notes that c is to answer a question, by k. It returns nil if nothing can be
// known of it: it is too old.
func (r *remote) hold(q question, c *cell, k *call) *inquiry {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.peers[q.node]
	switch {
	case p == nil || q.life > p.life:
		p = &peer{life: q.life, known: map[uint64]*inquiry{}}
		r.peers[q.node] = p
	case q.life < p.life:
		return nil
	}
	i := p.known[q.number]
	if i == nil {
		if q.number <= p.floor {
			return nil
		}
		i = &inquiry{peer: p, number: q.number, cell: c}
		p.known[q.number] = i
		r.holding++
	}
	if i.circle != nil {
		k.fate.Store(i.circle) // it was refused, so this copy is too
		return i
	}
	i.copies = append(i.copies, k)
	return i
}

// release notes that one copy of a question is about to be answered.
func (r *remote) release(i *inquiry, k *call) {
	if i == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	i.copies = slices.DeleteFunc(i.copies, func(other *call) bool { return other == k })
	r.answers(i)
}

// answers notes that an answer to a question is under way. mu is held.
func (r *remote) answers(i *inquiry) {
	if i.cell != nil {
		i.cell = nil
		r.holding--
	}
	if len(i.copies) > 0 {
		return
	}
	p := i.peer
	p.answered = append(p.answered, i.number)
	if len(p.answered) <= maxAnswered {
		return
	}
	oldest := p.answered[0]
	p.answered = p.answered[1:]
	p.floor = max(p.floor, oldest)
	if o := p.known[oldest]; o != nil && len(o.copies) == 0 {
		delete(p.known, oldest)
	}
}

// inquiry returns what is known of a question; nil if nothing is. mu is held.
func (r *remote) inquiry(q question) *inquiry {
	if p := r.peers[q.node]; p != nil && p.life == q.life {
		return p.known[q.number]
	}
	return nil
}

// holds reports whether actors of other nodes wait for this one.
func (r *remote) holds() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.holding > 0
}

// refuse refuses a question whose method has not begun, in all its copies. It
// returns false if there is none.
func (r *remote) refuse(q question, circle *CycleError) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := r.inquiry(q)
	if i == nil || i.cell == nil || i.hasBegun() {
		return false
	}
	for _, k := range i.copies {
		if !k.fate.CompareAndSwap(nil, circle) {
			return false // it has begun meanwhile
		}
	}
	i.copies, i.circle = nil, circle
	r.answers(i)
	return true
}

// hasBegun reports whether the question is being handled.
func (i *inquiry) hasBegun() bool {
	return slices.ContainsFunc(i.copies, func(k *call) bool { return k.fate.Load() == begun })
}
