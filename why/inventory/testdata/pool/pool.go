// Package pool has worker pools, and goroutines that are none.
package pool

import (
	"context"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

func work(int) int { return 0 }

// A loop starts goroutines that range over one channel.
func classic(items []int) {
	jobs := make(chan int)
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() { // is: worker pool, hand-made
			defer wg.Done()
			for j := range jobs {
				work(j)
			}
		}()
	}
	for _, i := range items {
		jobs <- i
	}
	close(jobs)
	wg.Wait()
}

// The worker is a function of its own, and sends results.
func named(items []int) (sum int) {
	jobs, results := make(chan int, 100), make(chan int, 100)
	for w := 1; w <= 3; w++ {
		go worker(w, jobs, results) // is: worker pool, hand-made
	}
	for _, i := range items {
		jobs <- i
	}
	close(jobs)
	for range items {
		sum += <-results
	}
	return sum
}

func worker(_ int, jobs <-chan int, results chan<- int) {
	for j := range jobs {
		results <- work(j)
	}
}

// The pool is a struct that lives on; its workers watch a context.
type Pool struct {
	tasks chan func()
	wg    sync.WaitGroup
}

func New(ctx context.Context, n int) *Pool {
	p := &Pool{tasks: make(chan func(), n)}
	for i := 0; i < n; i++ {
		p.wg.Add(1)
		go p.run(ctx) // is: worker pool, hand-made
	}
	return p
}

func (p *Pool) run(ctx context.Context) {
	defer p.wg.Done()
	for {
		select {
		case t, ok := <-p.tasks:
			if !ok {
				return
			}
			t()
		case <-ctx.Done():
			return
		}
	}
}

func (p *Pool) Submit(t func()) { p.tasks <- t }

// The group of a library starts the workers, and the feeder stands beside.
func grouped(ctx context.Context, items []int) error {
	g, ctx := errgroup.WithContext(ctx)
	jobs := make(chan int)
	g.Go(func() error {
		defer close(jobs)
		for _, i := range items {
			select {
			case jobs <- i:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range 8 {
		g.Go(func() error { // is: worker pool, hand-made
			for j := range jobs {
				work(j)
			}
			return nil
		})
	}
	return g.Wait()
}

// Work is dealt by a counter.
func byCounter(items []int) {
	var next atomic.Int64 // is: atomics, library
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { // is: worker pool, hand-made
			for {
				i := int(next.Add(1)) - 1
				if i >= len(items) {
					return
				}
				work(items[i])
			}
		})
	}
	wg.Wait()
}

// Two statements start the same worker.
func two(jobs chan int) {
	go drain(jobs) // is: worker pool, hand-made
	go drain(jobs)
	for i := range 10 {
		jobs <- i
	}
}

func drain(jobs chan int) {
	for j := range jobs {
		work(j)
	}
}

// Healthy others: each goroutine has a channel of its own.
func own(n int) {
	for range n {
		c := make(chan int)
		go func() { // is: producer-consumer, hand-made
			for j := range c {
				work(j)
			}
		}()
		for i := range 10 {
			c <- i
		}
		close(c)
	}
}

// All wait for one signal; nobody takes work.
func gate(n int) {
	start := make(chan struct{})
	var wg sync.WaitGroup
	for range n {
		wg.Add(1)
		go func() { // is: fan-out/fan-in, hand-made
			defer wg.Done()
			<-start
			work(0)
		}()
	}
	close(start)
	wg.Wait()
}

// A counter that is only counted up deals nothing out.
func counts(items []int) int64 {
	var n atomic.Int64 // is: atomics, library
	var wg sync.WaitGroup
	for _, i := range items {
		wg.Go(func() { // is: fan-out/fan-in, library
			for range i {
				n.Add(1)
			}
		})
	}
	wg.Wait()
	return n.Load()
}

// Each worker has a list of its own.
func lists(parts [][]int) {
	for _, part := range parts {
		c := list(part)
		go func() { // is: producer-consumer, hand-made
			for j := range c {
				work(j)
			}
		}()
	}
}

func list(part []int) <-chan int {
	var c chan int
	c = make(chan int)
	go func() {
		for _, j := range part {
			c <- j
		}
		close(c)
	}()
	return c
}
