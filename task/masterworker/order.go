package masterworker

import (
	"math"
	"time"
)

// rank is the time at which a job of priority 0 would have had to come to have
// the same right to be next. All jobs age alike, so it is computed once.
func rank(since moment, priority int, ageing time.Duration) moment {
	head := float64(priority) * float64(ageing)
	if math.Abs(head) > math.MaxInt64/4 {
		head = math.Copysign(math.MaxInt64/4, head)
	}
	return since - moment(head)
}

// precedes reports whether j goes before k.
func (j *job[In, Out]) precedes(k *job[In, Out]) bool {
	return j.rank < k.rank || j.rank == k.rank && j.id < k.id
}

// An order holds the jobs that a worker may have, by rank. Those of priority 0
// that come for the first time come in the order of their rank, and cost less.
type order[In, Out any] struct {
	plain  list[In, Out]
	ranked pile[In, Out]
}

func (o *order[In, Out]) len() int { return o.plain.n + len(o.ranked.jobs) }

func (o *order[In, Out]) push(j *job[In, Out]) {
	if j.terms.Priority == 0 && j.tries == 0 && (o.plain.last == nil || o.plain.last.precedes(j)) {
		o.plain.push(j)
	} else {
		o.ranked.push(j)
	}
}

// first returns the job that goes next, nil if there is none.
func (o *order[In, Out]) first() *job[In, Out] {
	j, k := o.plain.first, o.ranked.first()
	if j == nil || k != nil && k.precedes(j) {
		return k
	}
	return j
}

func (o *order[In, Out]) pop() *job[In, Out] {
	j := o.first()
	o.remove(j)
	return j
}

func (o *order[In, Out]) remove(j *job[In, Out]) {
	if j.at > 0 {
		o.ranked.remove(j)
	} else {
		o.plain.remove(j)
	}
}

// A list is a list of jobs in which each knows its neighbours.
type list[In, Out any] struct {
	first, last *job[In, Out]
	n           int
}

func (l *list[In, Out]) push(j *job[In, Out]) {
	j.prev = l.last
	if l.last == nil {
		l.first = j
	} else {
		l.last.next = j
	}
	l.last = j
	l.n++
}

func (l *list[In, Out]) remove(j *job[In, Out]) {
	if j.prev == nil {
		l.first = j.next
	} else {
		j.prev.next = j.next
	}
	if j.next == nil {
		l.last = j.prev
	} else {
		j.next.prev = j.prev
	}
	j.prev, j.next = nil, nil
	l.n--
}

// A pile is a binary heap of jobs in which each knows its place.
type pile[In, Out any] struct {
	jobs   []*job[In, Out]
	before func(a, b *job[In, Out]) bool
}

func (p *pile[In, Out]) first() *job[In, Out] {
	if len(p.jobs) == 0 {
		return nil
	}
	return p.jobs[0]
}

func (p *pile[In, Out]) push(j *job[In, Out]) {
	p.jobs = append(p.jobs, j)
	p.put(len(p.jobs)-1, j)
	p.up(len(p.jobs) - 1)
}

func (p *pile[In, Out]) remove(j *job[In, Out]) {
	i, last := j.at-1, len(p.jobs)-1
	moved := p.jobs[last]
	p.jobs[last] = nil
	p.jobs = p.jobs[:last]
	j.at = 0
	if i < last {
		p.put(i, moved)
		p.up(i)
		p.down(moved.at - 1)
	}
}

func (p *pile[In, Out]) put(i int, j *job[In, Out]) {
	p.jobs[i] = j
	j.at = i + 1
}

func (p *pile[In, Out]) up(i int) {
	for j := p.jobs[i]; i > 0; {
		parent := (i - 1) / 2
		if !p.before(j, p.jobs[parent]) {
			return
		}
		p.put(i, p.jobs[parent])
		p.put(parent, j)
		i = parent
	}
}

func (p *pile[In, Out]) down(i int) {
	for j := p.jobs[i]; ; {
		child := 2*i + 1
		if child >= len(p.jobs) {
			return
		}
		if other := child + 1; other < len(p.jobs) && p.before(p.jobs[other], p.jobs[child]) {
			child = other
		}
		if !p.before(p.jobs[child], j) {
			return
		}
		p.put(i, p.jobs[child])
		p.put(child, j)
		i = child
	}
}
