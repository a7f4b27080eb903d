package forkjoin

import (
	"fmt"
	"runtime"
	"slices"

	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/task/forkjoin"
)

const (
	insertions = 32   // items that are sorted by insertion
	sortCutoff = 4096 // items that one goroutine sorts
)

// mergesortCase splits a simple merge sort down to its leaves, or to a cut-off.
func mergesortCase(n int) contest.Case {
	s := newSorter(n)
	slices.Sort(s.sides[0])
	want := s.fingerprint()
	all := part{0, n, 0}
	sorted := func(sort func()) func() fingerprint {
		return func() fingerprint {
			sort()
			return s.fingerprint()
		}
	}
	c := contest.Case{
		Name: fmt.Sprintf("mergesort %s", count(n)),
		Op:   "an item",
		Unit: n,
		Subjects: []contest.Subject{
			subject(serial, contest.Reference, n, want, sorted(func() { s.serial(all) })),
			subject(recurse, contest.Ours, n, want, sorted(func() { recursive(s.fork, all)() })),
			subject("goroutines", contest.Rival, n, want, sorted(func() { s.each(eachGo, all, insertions) })),
		},
		Targets: []contest.Target{faster(recurse, 1.8), noSlower(recurse, tuned, 1)},
	}
	c.Subjects = append(c.Subjects, rivals(", cut-off", n, want, func(all each) fingerprint {
		s.each(all, part{0, n, 0}, sortCutoff)
		return s.fingerprint()
	})...)
	return c
}

// A sorter sorts what is in its input into its first side. It merges from one side
// to the other.
type sorter struct {
	input []int32
	sides [2][]int32
}

func newSorter(n int) *sorter {
	s := &sorter{make([]int32, n), [2][]int32{make([]int32, n), make([]int32, n)}}
	x := uint64(1)
	for i := range s.input {
		x = x*6364136223846793005 + 1442695040888963407
		s.input[i] = int32(x >> 33)
	}
	copy(s.sides[0], s.input)
	return s
}

// A fingerprint of a result: is it in order, and are the items those of the input?
type fingerprint struct {
	sorted bool
	sum    int64
}

// fingerprint looks at the result with all cores, so that it hides little of what
// is compared, and makes it worthless for who does not sort the next time.
func (s *sorter) fingerprint() fingerprint {
	a := s.sides[0]
	var sums [8]int64
	var unsorted [8]bool
	eachGo(8, func(i int) {
		lo, hi := i*len(a)/8, (i+1)*len(a)/8
		var sum int64
		last := a[max(lo-1, 0)]
		for _, v := range a[lo:hi] {
			if v < last {
				unsorted[i] = true
			}
			sum += int64(v)
			last = v
		}
		sums[i] = sum
	})
	f := fingerprint{sorted: true}
	for i := range sums {
		f.sum += sums[i]
		f.sorted = f.sorted && !unsorted[i]
	}
	a[0], a[len(a)-1] = a[len(a)-1], a[0]
	runtime.KeepAlive(a)
	return f
}

// A part is to be sorted from the input into a side.
type part struct{ lo, hi, side int }

func (p part) halves() (x, y part) {
	mid := (p.lo + p.hi) / 2
	return part{p.lo, mid, 1 - p.side}, part{mid, p.hi, 1 - p.side}
}

func (s *sorter) serial(p part) {
	if p.hi-p.lo <= insertions {
		s.insert(p)
		return
	}
	x, y := p.halves()
	s.serial(x)
	s.serial(y)
	s.merge(p, x, y)
}

func (s *sorter) fork(c *forkjoin.Branch[part, struct{}], p part) (_ struct{}) {
	if p.hi-p.lo <= insertions {
		s.insert(p)
		return
	}
	x, y := p.halves()
	c.Both(x, y)
	s.merge(p, x, y)
	return
}

func (s *sorter) each(all each, p part, cutoff int) {
	if p.hi-p.lo <= cutoff {
		s.serial(p)
		return
	}
	x, y := p.halves()
	all(2, func(i int) { s.each(all, [2]part{x, y}[i], cutoff) })
	s.merge(p, x, y)
}

func (s *sorter) insert(p part) {
	a := s.sides[p.side][p.lo:p.hi]
	for i, x := range s.input[p.lo:p.hi] {
		j := i
		for j > 0 && x < a[j-1] {
			a[j] = a[j-1]
			j--
		}
		a[j] = x
	}
}

func (s *sorter) merge(p, x, y part) {
	to, from := s.sides[p.side][p.lo:p.hi], s.sides[x.side]
	a, b := from[x.lo:x.hi], from[y.lo:y.hi]
	for len(a) > 0 && len(b) > 0 {
		if b[0] < a[0] {
			to[0], b = b[0], b[1:]
		} else {
			to[0], a = a[0], a[1:]
		}
		to = to[1:]
	}
	copy(to[copy(to, a):], b)
}
