// Package pipeline has goroutines in a row, and goroutines that are in none.
package pipeline

import (
	"context"
	"sync"
)

func work(int) int { return 0 }

func gen(n int) <-chan int {
	out := make(chan int)
	go func() {
		for i := range n {
			out <- i
		}
		close(out)
	}()
	return out
}

func square(in <-chan int) <-chan int {
	out := make(chan int)
	go func() {
		for v := range in {
			out <- v * v
		}
		close(out)
	}()
	return out
}

// Functions that return channels.
func blog() (sum int) {
	for v := range square(square(gen(10))) { // is: pipeline, hand-made
		sum += v
	}
	return sum
}

// One stage, between a goroutine that makes and one that uses.
func short() (sum int) {
	c := gen(10) // is: pipeline, hand-made
	for v := range square(c) {
		sum += v
	}
	return sum
}

// Everything in one function.
func flat(items []int) {
	parsed, indexed := make(chan int, 8), make(chan int, 8)
	lines := make(chan int, 8)
	var wg sync.WaitGroup
	wg.Add(3)
	go func() { // is: pipeline, hand-made
		defer wg.Done()
		defer close(parsed)
		for l := range lines {
			parsed <- work(l)
		}
	}()
	go func() {
		defer wg.Done()
		defer close(indexed)
		for p := range parsed {
			indexed <- work(p)
		}
	}()
	go func() {
		defer wg.Done()
		for i := range indexed {
			work(i)
		}
	}()
	for _, i := range items {
		lines <- i
	}
	close(lines)
	wg.Wait()
}

// A generic stage with several workers: a pipeline, of pools.
func stage[In, Out any](workers int, in <-chan In, step func(In) Out) <-chan Out {
	out := make(chan Out, 8)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() { // is: worker pool, hand-made
			for v := range in {
				out <- step(v)
			}
		})
	}
	go func() {
		wg.Wait()
		close(out)
	}()
	return out
}

func pools() (sum int) {
	source := gen(100) // is: pipeline, hand-made
	decoded := stage(2, source, work)
	shrunk := stage(4, decoded, work)
	for v := range shrunk {
		sum += v
	}
	return sum
}

// Healthy others: a ring, each waits for the other.
func pingPong(n int) {
	ping, pong := make(chan int), make(chan int)
	go func() {
		for v := range ping {
			pong <- v + 1
		}
	}()
	for i := range n {
		ping <- i
		<-pong
	}
	close(ping)
}

// Two that pass a token to each other.
func ring(n int) {
	a, b := make(chan int), make(chan int)
	done := make(chan struct{})
	pass := func(from <-chan int, to chan<- int) {
		for v := range from {
			if v == n {
				close(done)
				return
			}
			to <- v + 1
		}
	}
	go pass(a, b)
	go pass(b, a)
	a <- 0
	<-done
}

// A relay that goes on until it is told to stop is no pipeline by itself.
func relay(ctx context.Context, n int) (sum int) {
	in, out := make(chan int), make(chan int)
	go func() { // is: producer-consumer, hand-made
		for {
			select {
			case v := <-in:
				out <- v
			case <-ctx.Done():
				return
			}
		}
	}()
	go func() {
		for i := range n {
			in <- i
		}
	}()
	for range n {
		sum += <-out
	}
	return sum
}

// What several stages make comes together in one.
func merged(n int) (sum int) {
	evens, odds := gen(n), gen(n) // is: pipeline, hand-made
	for v := range merge([]<-chan int{square(evens), square(odds)}) {
		sum += v
	}
	return sum
}

func merge(all []<-chan int) <-chan int {
	out := make(chan int)
	var wg sync.WaitGroup
	for _, c := range all {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for v := range c {
				out <- v
			}
		}()
	}
	go func() {
		wg.Wait()
		close(out)
	}()
	return out
}
