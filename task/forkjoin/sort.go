package forkjoin

import (
	"context"
	"sort"
)

const (
	insertions = 16   // items that are sorted by insertion
	oneMerge   = 8192 // items that one goroutine merges
)

// Sort sorts the items by compare, which is as that of slices.SortFunc. Items
// that are equal keep their order. It needs memory for a second slice of the
// same length. If it returns an error the content of items is of no use.
func Sort[T any](ctx context.Context, items []T, compare func(a, b T) int) error {
	s := sorter[T]{[2][]T{items, make([]T, len(items))}, compare}
	_, err := Recurse(ctx, s.sort, part{span{0, len(items)}, 0})
	return err
}

// A sorter has the items and the space beside them.
type sorter[T any] struct {
	sides   [2][]T
	compare func(a, b T) int
}

// A part is a range that is to be sorted; the result is to be on that side. At
// the beginning all items are on side 0.
type part struct {
	span
	side int8
}

func (s *sorter[T]) sort(c *Branch[part, nothing], p part) (_ nothing) {
	if p.len() <= insertions {
		s.insert(p)
		return
	}
	lower, upper := p.halves()
	other := 1 - p.side
	f := c.Fork(part{upper, other})
	s.sort(c, part{lower, other})
	if c.TakeBack(f) {
		s.sort(c, part{upper, other})
	} else {
		c.Join(f)
	}
	from, to := s.sides[other], s.sides[p.side]
	m := merging[T]{to[p.lo:p.hi], from[lower.lo:lower.hi], from[upper.lo:upper.hi]}
	if p.len() <= oneMerge {
		m.do(s.compare)
		return
	}
	_, _ = Recurse(c, s.merge, m) // within a run there is no error
	return
}

func (s *sorter[T]) insert(p part) {
	a := s.sides[p.side][p.lo:p.hi]
	if p.side != 0 {
		copy(a, s.sides[0][p.lo:p.hi])
	}
	for i := 1; i < len(a); i++ {
		x, j := a[i], i
		for j > 0 && s.compare(x, a[j-1]) < 0 {
			a[j] = a[j-1]
			j--
		}
		a[j] = x
	}
}

// A merging merges two sorted slices; of what is equal lower comes first.
type merging[T any] struct{ to, lower, upper []T }

func (s *sorter[T]) merge(c *Branch[merging[T], nothing], m merging[T]) (_ nothing) {
	if len(m.to) <= oneMerge {
		m.do(s.compare)
		return
	}
	a, b := m.halves(s.compare)
	c.Both(a, b)
	return
}

// halves cuts the merging into two that are independent of each other, in the
// middle of the longer slice.
func (m merging[T]) halves(compare func(a, b T) int) (a, b merging[T]) {
	var i, j int
	if len(m.lower) >= len(m.upper) {
		i = len(m.lower) / 2
		j = sort.Search(len(m.upper), func(j int) bool { return compare(m.upper[j], m.lower[i]) >= 0 })
	} else {
		j = len(m.upper) / 2
		i = sort.Search(len(m.lower), func(i int) bool { return compare(m.upper[j], m.lower[i]) < 0 })
	}
	return merging[T]{m.to[:i+j], m.lower[:i], m.upper[:j]}, merging[T]{m.to[i+j:], m.lower[i:], m.upper[j:]}
}

func (m merging[T]) do(compare func(a, b T) int) {
	to, lower, upper := m.to, m.lower, m.upper
	for len(lower) > 0 && len(upper) > 0 && len(to) > 0 {
		if compare(upper[0], lower[0]) < 0 {
			to[0], upper = upper[0], upper[1:]
		} else {
			to[0], lower = lower[0], lower[1:]
		}
		to = to[1:]
	}
	copy(to[copy(to, lower):], upper)
}
