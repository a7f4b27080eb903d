package main

import (
	"sync"
	"sync/atomic"
)

// Kinds whose work is cut into shares.

func independent(m *machine, size float64) {
	tasks := 128
	each(m, tasks, func(h *hand, _ int) { h.compute(times(1600, size)) })
}

// serialPart is Amdahl's program: a serial share, then equal tasks.
func serialPart(share float64) func(*machine, float64) {
	return func(m *machine, size float64) {
		const total, tasks = 204_800, 128
		h := m.begin()
		h.compute(times(int(share*total), size))
		h.end()
		units := times(int((1-share)*total/tasks), size)
		each(m, tasks, func(h *hand, _ int) { h.compute(units) })
	}
}

func straggler(m *machine, size float64) {
	const tasks, slow = 64, 40
	each(m, tasks, func(h *hand, i int) {
		if i == slow {
			h.compute(times(40_000, size))
			return
		}
		h.compute(times(2400, size))
	})
}

// each runs f(i) for i in [0, n), a goroutine each, and waits for all.
func each(m *machine, n int, f func(h *hand, i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			h := m.begin()
			defer h.end()
			f(h, i)
		})
	}
	wg.Wait()
}

func forkJoin(m *machine, size float64) {
	h := m.begin()
	defer h.end()
	fork(h, 64, times(2400, size), times(100, size))
}

// fork sorts, as it were: halves down to single leaves, then a merge whose cost
// grows with what is merged.
func fork(h *hand, leaves, leaf, merge int) {
	if leaves == 1 {
		h.compute(leaf)
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		left := h.m.begin()
		defer left.end()
		fork(left, leaves/2, leaf, merge)
	}()
	fork(h, leaves/2, leaf, merge)
	recv(h, done)
	h.compute(leaves * merge)
}

// atomicIndex deals items by an atomic counter, which no recording sees.
func atomicIndex(m *machine, size float64) {
	items := int64(times(512, size))
	var next atomic.Int64
	each(m, 16, func(h *hand, _ int) {
		for next.Add(1) <= items {
			h.compute(400)
		}
	})
}

// boundedFanOut is errgroup with a limit: who starts a goroutine waits for a slot.
func boundedFanOut(m *machine, size float64) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, 8)
	main := m.begin()
	defer main.end()
	for range times(256, size) {
		send(main, slots, struct{}{})
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer func() { <-slots }()
			h := m.begin()
			defer h.end()
			h.compute(800)
		}()
	}
	main.wait(&wg)
}
