package mapreduce

import (
	"cmp"
	"slices"
	"sync"
)

// A tree combines the tables of pieces in the order of the input: two neighbours,
// then two neighbouring pairs, and so on, and the same with whole parts. Which tables
// meet, and in which order, depends on the numbers of the pieces alone. Nobody waits:
// who comes second combines.
type tree[K comparable, V any] struct {
	combine func(*V, V)

	mu     sync.Mutex // guards what follows; held for a few instructions
	spare  []*Out[K, V]
	pieces map[node]*Out[K, V] // by place in its part
	parts  map[node]*Out[K, V] // of whole parts
	counts map[int]*count
}

// A node covers the pieces from index<<level on, 1<<level of them.
type node struct{ part, level, index int }

func (n node) sibling() node { return node{n.part, n.level, n.index ^ 1} }
func (n node) parent() node  { return node{n.part, n.level + 1, n.index / 2} }
func (n node) begin() int    { return n.index << n.level }

// A count is how many pieces of a part have been combined, of how many.
type count struct{ done, of int }

func newTree[K comparable, V any](combine func(*V, V)) *tree[K, V] {
	return &tree[K, V]{
		combine: combine,
		pieces:  map[node]*Out[K, V]{},
		parts:   map[node]*Out[K, V]{},
		counts:  map[int]*count{},
	}
}

// take returns an empty table for a piece, or nil: then it is to be made.
func (t *tree[K, V]) take() *Out[K, V] {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := len(t.spare) - 1
	if last < 0 {
		return nil
	}
	o := t.spare[last]
	t.spare = t.spare[:last]
	return o
}

// give takes a table back that is not needed any more. A large one goes: emptying
// it for every piece would take longer than mapping the piece.
func (t *tree[K, V]) give(o *Out[K, V]) {
	if len(o.slots) > 8*minSlots {
		return
	}
	o.table.reset(len(o.slots))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.spare = append(t.spare, o)
}

// add adds the table of a piece. It returns the error of a table that had to be
// spilled.
func (t *tree[K, V]) add(part, number int, last bool, o *Out[K, V]) error {
	if err := t.join(t.pieces, node{part, 0, number}, o); err != nil {
		return err
	}
	if !t.counted(part, number, last) {
		return nil
	}
	whole, err := t.fold(t.pieces, part)
	if err != nil {
		return err
	}
	return t.join(t.parts, node{0, 0, part}, whole)
}

// counted reports whether this was what the part still lacked.
func (t *tree[K, V]) counted(part, number int, last bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.counts[part]
	if c == nil {
		c = &count{of: -1}
		t.counts[part] = c
	}
	c.done++
	if last {
		c.of = number + 1
	}
	if c.done != c.of {
		return false
	}
	delete(t.counts, part)
	return true
}

// join puts a table into its place, or combines it with its neighbour, if that is
// there, and goes on with both together.
func (t *tree[K, V]) join(nodes map[node]*Out[K, V], at node, o *Out[K, V]) error {
	for {
		t.mu.Lock()
		other := nodes[at.sibling()]
		if other == nil {
			nodes[at] = o
			t.mu.Unlock()
			return nil
		}
		delete(nodes, at.sibling())
		t.mu.Unlock()
		left, right := o, other
		if at.index%2 == 1 {
			left, right = other, o
		}
		var err error
		if o, err = t.two(left, right); err != nil {
			return err
		}
		at = at.parent()
	}
}

// two combines two tables, if both together are not too large. If they are, or a
// part of what belongs between them has been spilled, the left one is spilled too.
func (t *tree[K, V]) two(left, right *Out[K, V]) (*Out[K, V], error) {
	if left.limit > 0 && (right.flushed || left.weight()+right.weight() > left.limit) {
		left.flush()
		if left.err != nil {
			return nil, left.err
		}
		t.give(left)
		right.flushed = true
		return right, nil
	}
	for i := 0; right.used > 0 && i < len(right.slots); i++ {
		if s := &right.slots[i]; s.kind != empty {
			left.absorb(&right.table, s, t.combine)
		}
	}
	left.extra += right.extra
	t.give(right)
	return left, nil
}

// fold combines what is left of a part: subtrees that have no neighbour, from the
// first to the last.
func (t *tree[K, V]) fold(nodes map[node]*Out[K, V], part int) (*Out[K, V], error) {
	var left []node
	t.mu.Lock()
	for n := range nodes {
		if n.part == part {
			left = append(left, n)
		}
	}
	slices.SortFunc(left, func(a, b node) int { return cmp.Compare(a.begin(), b.begin()) })
	outs := make([]*Out[K, V], len(left))
	for i, n := range left {
		outs[i] = nodes[n]
		delete(nodes, n)
	}
	t.mu.Unlock()
	for len(outs) > 1 {
		both, err := t.two(outs[0], outs[1])
		if err != nil {
			return nil, err
		}
		outs = outs[1:]
		outs[0] = both
	}
	if len(outs) == 0 {
		return nil, nil
	}
	return outs[0], nil
}
