package hunt

import (
	"container/heap"
	"slices"
)

// place is a point in the life of a goroutine: behind its events with a number
// up to pos.
type place struct {
	g   uint64
	pos int
}

// order is what surely happens before what, whatever the scheduler does: a go
// statement before what it starts, a send before its receive, a close before
// the receives that see it, a Done before the Wait that it sets free. The order
// in which a lock was taken is not in it, since that may be another one in the
// next run.
type order struct {
	out map[uint64][]arrow // by goroutine, by rising position
	n   int
}

type arrow struct {
	pos int // in the goroutine that it leaves
	to  place
}

// maxArrows bounds the memory of an order. Beyond it, less is known to be
// ordered, so more may be predicted; so nothing is predicted then.
const maxArrows = 1 << 20

func newOrder() order { return order{out: map[uint64][]arrow{}} }

func (o *order) add(from, to place) {
	if from.g == to.g || o.n >= maxArrows {
		return
	}
	o.n++
	o.out[from.g] = append(o.out[from.g], arrow{from.pos, to})
}

// full tells that not all of the order is known.
func (o *order) full() bool { return o.n >= maxArrows }

// sort must be called before the first question.
func (o *order) sort() {
	for _, arrows := range o.out {
		slices.SortStableFunc(arrows, func(a, b arrow) int { return a.pos - b.pos })
	}
}

// before tells that a surely happens before b: it finds, goroutine by
// goroutine, the earliest position that is behind a.
func (o *order) before(a, b place) bool {
	if a.g == b.g {
		return a.pos <= b.pos
	}
	earliest := map[uint64]int{a.g: a.pos}
	todo := places{a}
	for len(todo) > 0 {
		p := heap.Pop(&todo).(place)
		if p.pos > b.pos {
			return false // whatever follows is later still
		}
		if p.g == b.g {
			return true
		}
		if earliest[p.g] < p.pos {
			continue
		}
		arrows := o.out[p.g]
		i, _ := slices.BinarySearchFunc(arrows, p.pos, func(x arrow, pos int) int { return x.pos - pos })
		for _, x := range arrows[i:] {
			if old, ok := earliest[x.to.g]; !ok || x.to.pos < old {
				earliest[x.to.g] = x.to.pos
				heap.Push(&todo, x.to)
			}
		}
	}
	return false
}

// places is a heap by position.
type places []place

func (p places) Len() int           { return len(p) }
func (p places) Less(i, j int) bool { return p[i].pos < p[j].pos }
func (p places) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }
func (p *places) Push(x any)        { *p = append(*p, x.(place)) }
func (p *places) Pop() any {
	old := *p
	x := old[len(old)-1]
	*p = old[:len(old)-1]
	return x
}

// matcher pairs the sends of a channel with its receives: the first with the
// first, and so on. Both are kept after they took place, so that on several
// cores a receive may stand before its send.
type matcher struct {
	n       int
	waiting []matched // of this side, not paired yet
	first   int       // the number of the first that waits
}

type matched struct{ before, at place }

// next takes in the next operation of this side. What is certain: what the
// sender did before it began to send, the receiver did not see before it ended
// to receive.
func (m *matcher) next(h *history, pair func(n int) (matched, bool), before, at place, sends bool) {
	n := m.n
	m.n++
	other, ok := pair(n)
	if !ok {
		if len(m.waiting) == 0 {
			m.first = n
		}
		m.waiting = append(m.waiting, matched{before, at})
		return
	}
	if sends {
		h.order.add(before, other.at)
	} else {
		h.order.add(other.before, at)
	}
}

// pair gives number n of those that wait, and forgets it.
func (m *matcher) pair(n int) (matched, bool) {
	i := n - m.first
	if i != 0 || len(m.waiting) == 0 {
		return matched{}, false
	}
	x := m.waiting[0]
	m.waiting = m.waiting[1:]
	m.first++
	return x, true
}
