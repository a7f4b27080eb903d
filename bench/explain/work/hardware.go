package main

import (
	"sync/atomic"
	"time"
)

// Kinds whose cost lies outside the program's own operations: in caches, in
// memory, in the collector, in timers.

func timers(m *machine, size float64) {
	turns := times(20, size)
	each(m, 8, func(h *hand, _ int) {
		for range turns {
			time.Sleep(3 * time.Millisecond)
			h.compute(1200)
		}
	})
}

// tree is garbage with pointers in it, which the collector has to follow.
type tree struct{ left, right *tree }

func grow(depth int) *tree {
	if depth == 0 {
		return &tree{}
	}
	return &tree{grow(depth - 1), grow(depth - 1)}
}

func (t *tree) count() uint64 {
	if t.left == nil {
		return 1
	}
	return 1 + t.left.count() + t.right.count()
}

func gcHeavy(m *machine, size float64) {
	trees := times(12, size)
	each(m, 16, func(h *hand, _ int) {
		for range trees {
			h.sum += grow(14).count()
		}
	})
}

const counters = 8

func falseSharing(m *machine, size float64) {
	var side [counters]atomic.Uint64
	count(m, size, func(i int) *atomic.Uint64 { return &side[i] })
}

func paddedCounters(m *machine, size float64) {
	var apart [counters]struct {
		atomic.Uint64
		_ [120]byte
	}
	count(m, size, func(i int) *atomic.Uint64 { return &apart[i].Uint64 })
}

// count lets each of 8 goroutines count in a place of its own.
func count(m *machine, size float64, place func(int) *atomic.Uint64) {
	turns := times(5_000_000, size)
	each(m, counters, func(h *hand, i int) {
		p := place(i)
		for range turns {
			p.Add(1)
		}
		h.sum += p.Load()
	})
}

// memoryBandwidth lets each goroutine add two arrays of its own, far larger than
// any cache, into the first.
func memoryBandwidth(m *machine, size float64) {
	const words = 1 << 20
	passes := times(20, size)
	each(m, 8, func(h *hand, _ int) {
		a, b := make([]uint64, words), make([]uint64, words)
		for range passes {
			for i := range a {
				a[i] += b[i] + 1
			}
		}
		h.sum += a[words-1]
	})
}
