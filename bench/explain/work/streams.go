package main

import "sync"

// Kinds whose goroutines hand items on.

func pipelineUnbuffered(m *machine, size float64) {
	flat := func(units int) func(int) int { return func(int) int { return units } }
	stages(m, times(512, size), 0, flat(80), flat(160), flat(60), flat(100))
}

// pipelineSlowStage has a third stage that takes 100 to 300 units, in an order
// that looks random and is fixed.
func pipelineSlowStage(m *machine, size float64) {
	flat := func(units int) func(int) int { return func(int) int { return units } }
	uneven := func(item int) int { return 100 + item*7919%201 }
	stages(m, times(512, size), 16, flat(60), flat(80), uneven, flat(60))
}

// stages sends items through stages, a goroutine each, joined by channels with
// so much buffer. costs[s](item) is the work of a stage on an item.
func stages(m *machine, items, buffer int, costs ...func(item int) int) {
	var wg sync.WaitGroup
	var in chan int
	for s, cost := range costs {
		source, first := in, s == 0
		var out chan int
		if s < len(costs)-1 {
			out = make(chan int, buffer)
		}
		wg.Go(func() {
			h := m.begin()
			defer h.end()
			if out != nil {
				defer close(out)
			}
			pass := func(item int) {
				h.compute(cost(item))
				if out != nil {
					send(h, out, item)
				}
			}
			if first {
				for item := range items {
					pass(item)
				}
				return
			}
			for item, ok := recv(h, source); ok; item, ok = recv(h, source) {
				pass(item)
			}
		})
		in = out
	}
	wg.Wait()
}

func workQueue(m *machine, size float64) {
	produceConsume(m, 16, 16, times(448, size), 50, 400)
}

func fineChannels(m *machine, size float64) {
	produceConsume(m, 8, 0, times(51_200, size), 1, 3)
}

// produceConsume: one producer makes items, workers share them.
func produceConsume(m *machine, workers, buffer, items, made, used int) {
	var wg sync.WaitGroup
	queue := make(chan int, buffer)
	for range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			h := m.begin()
			defer h.end()
			for _, ok := recv(h, queue); ok; _, ok = recv(h, queue) {
				h.compute(used)
			}
		}()
	}
	producer := m.begin()
	defer producer.end()
	for item := range items {
		producer.compute(made)
		send(producer, queue, item)
	}
	close(queue)
	producer.wait(&wg)
}

// selectMerge: producers on two channels, one collector that takes what comes.
func selectMerge(m *machine, size float64) {
	const producers = 8
	items := times(64, size)
	var wg sync.WaitGroup
	left, right := make(chan int), make(chan int)
	for p := range producers {
		out := left
		if p%2 == 1 {
			out = right
		}
		wg.Go(func() {
			h := m.begin()
			defer h.end()
			for item := range items {
				h.compute(350)
				send(h, out, item)
			}
		})
	}
	h := m.begin()
	defer h.end()
	for range producers * items {
		h.pause()
		select {
		case <-left:
		case <-right:
		}
		h.resume()
		h.compute(50)
	}
	h.wait(&wg)
}

func pingPong(m *machine, size float64) {
	turns := times(400_000, size)
	ping, pong := make(chan struct{}), make(chan struct{})
	go func() {
		for range ping {
			pong <- struct{}{}
		}
		close(pong)
	}()
	for range turns {
		ping <- struct{}{}
		<-pong
	}
	close(ping)
	<-pong
	m.units.Add(int64(turns))
}
