package main

import "sync"

// Kinds whose goroutines meet at a lock.

func coarseMutex(m *machine, size float64) {
	var mu mutex
	items := times(16, size)
	each(m, 32, func(h *hand, _ int) {
		for range items {
			h.compute(320)
			h.lock(&mu)
			h.compute(80)
			h.unlock(&mu)
		}
	})
}

func readersWriters(m *machine, size float64) {
	var mu rwmutex
	items := times(32, size)
	each(m, 16, func(h *hand, i int) {
		for n := range items {
			if (n+i)%8 == 0 {
				h.wlock(&mu)
				h.compute(400)
				h.wunlock(&mu)
				continue
			}
			h.rlock(&mu)
			h.compute(400)
			mu.RUnlock()
		}
	})
}

func semaphore(m *machine, size float64) {
	slots := make(chan struct{}, 3)
	items := times(16, size)
	each(m, 32, func(h *hand, _ int) {
		for range items {
			h.compute(100)
			send(h, slots, struct{}{})
			h.compute(300)
			<-slots
		}
	})
}

func fineMutex(m *machine, size float64) {
	var mu mutex
	items := times(6400, size)
	each(m, 8, func(h *hand, _ int) {
		for range items {
			h.compute(3)
			h.lock(&mu)
			h.compute(1)
			h.unlock(&mu)
		}
	})
}

// condQueue is a bounded queue as one writes it with condition variables.
func condQueue(m *machine, size float64) {
	const consumers, room = 12, 8
	var (
		mu       mutex
		notEmpty = sync.NewCond(&mu)
		notFull  = sync.NewCond(&mu)
		waiting  int // items in the queue
		closed   bool
		wg       sync.WaitGroup
	)
	take := func(h *hand) bool {
		h.lock(&mu)
		defer h.unlock(&mu)
		for waiting == 0 && !closed {
			h.condWait(notEmpty, &mu)
		}
		if waiting == 0 {
			return false
		}
		waiting--
		notFull.Signal()
		return true
	}
	put := func(h *hand) {
		h.lock(&mu)
		defer h.unlock(&mu)
		for waiting == room {
			h.condWait(notFull, &mu)
		}
		waiting++
		notEmpty.Signal()
	}

	for range consumers {
		wg.Go(func() {
			h := m.begin()
			defer h.end()
			for take(h) {
				h.compute(400)
			}
		})
	}
	producer := m.begin()
	defer producer.end()
	for range times(448, size) {
		producer.compute(50)
		put(producer)
	}
	producer.lock(&mu)
	closed = true
	notEmpty.Broadcast()
	producer.unlock(&mu)
	producer.wait(&wg)
}
