package actors

// What a node knows of the questions that others have asked it, and for whose
// answers actors wait there. It is what the edges between nodes are known by: the
// one who waits knows that he does; the node that was asked knows that it has the
// question, and that no answer is under way.

// A question is what a message is known by whose answer goes to another node.
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
	peer     *peer
	number   uint64
	cell     *cell // who is to answer
	copies   int   // that are not answered
	answered bool  // one was: whoever asked may go on
}

// hold notes that c is to answer a question. It returns nil if nothing can be
// known of it: it is too old.
func (r *remote) hold(q question, c *cell) *inquiry {
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
	i.copies++
	return i
}

// release notes that one copy of a question is about to be answered.
func (r *remote) release(i *inquiry) {
	if i == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !i.answered {
		i.answered, i.cell = true, nil
		r.holding--
	}
	if i.copies--; i.copies > 0 {
		return
	}
	p := i.peer
	p.answered = append(p.answered, i.number)
	if len(p.answered) > maxAnswered {
		oldest := p.answered[0]
		p.answered = p.answered[1:]
		p.floor = max(p.floor, oldest)
		if o := p.known[oldest]; o != nil && o.copies == 0 {
			delete(p.known, oldest)
		}
	}
}

// holder returns who is to answer a question, if it is here, and no answer to it is
// under way.
func (r *remote) holder(q question) *cell {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.peers[q.node]
	if p == nil || p.life != q.life || p.known[q.number] == nil {
		return nil
	}
	return p.known[q.number].cell
}

// holds reports whether actors of other nodes wait for this one.
func (r *remote) holds() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.holding > 0
}
