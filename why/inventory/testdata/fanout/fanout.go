// Package fanout has goroutines that each do a part and are waited for, and
// others.
package fanout

import (
	"context"
	"net"
	"sync"

	"golang.org/x/sync/errgroup"
)

func work(int) int { return 0 }

func each(items []int) {
	var wg sync.WaitGroup
	for _, i := range items {
		wg.Add(1)
		go func(i int) { // is: fan-out/fan-in, hand-made
			defer wg.Done()
			work(i)
		}(i)
	}
	wg.Wait()
}

func withGo(items []int) {
	var wg sync.WaitGroup
	for i := range items {
		wg.Go(func() { items[i] = work(i) }) // is: fan-out/fan-in, library
	}
	wg.Wait()
}

func grouped(ctx context.Context, items []int) error {
	g, _ := errgroup.WithContext(ctx)
	for _, i := range items {
		g.Go(func() error { work(i); return nil }) // is: fan-out/fan-in, library
	}
	return g.Wait()
}

// As many results are taken as goroutines were started.
func gathered(items []int) (sum int) {
	results := make(chan int)
	for _, i := range items {
		go func() { results <- work(i) }() // is: fan-out/fan-in, hand-made
	}
	for range items {
		sum += <-results
	}
	return sum
}

// Somebody else waits and closes; the starter ranges.
func closed(items []int) (sum int) {
	results := make(chan int)
	var wg sync.WaitGroup
	for _, i := range items {
		wg.Add(1)
		go func() { // is: fan-out/fan-in, hand-made
			defer wg.Done()
			results <- work(i)
		}()
	}
	go func() {
		wg.Wait()
		close(results)
	}()
	for r := range results {
		sum += r
	}
	return sum
}

// The parts are split again and again.
func sorted(items []int) []int {
	if len(items) < 2 {
		return items
	}
	var left, right []int
	var wg sync.WaitGroup
	wg.Add(1)
	go func() { // is: fan-out/fan-in, hand-made
		defer wg.Done()
		left = sorted(items[:len(items)/2])
	}()
	right = sorted(items[len(items)/2:])
	wg.Wait()
	return append(left, right...)
}

// Two different parts.
func parts() {
	var wg sync.WaitGroup
	wg.Go(func() { work(1) }) // is: fan-out/fan-in, library
	wg.Go(func() { work(2) }) // is: fan-out/fan-in, library
	wg.Wait()
}

// The WaitGroup is handed over.
func handed(items []int) {
	var wg sync.WaitGroup
	for _, i := range items {
		wg.Add(1)
		go part(&wg, i) // is: fan-out/fan-in, hand-made
	}
	wg.Wait()
}

func part(wg *sync.WaitGroup, i int) {
	defer wg.Done()
	work(i)
}

// Healthy others: nobody waits.
func forget(items []int) {
	for _, i := range items {
		go work(i)
	}
}

// A goroutine for each connection, for ever.
func serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			c.Write([]byte("hello"))
		}()
	}
}

// One goroutine beside, waited for.
func one() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		work(1)
	}()
	work(2)
	<-done
}

// An event loop: it takes results while it starts more.
func dispatch(requests <-chan int) {
	results := make(chan int)
	for {
		select {
		case r := <-requests:
			go func() { results <- work(r) }()
		case <-results:
		}
	}
}

// Some are started, and each that ends is replaced.
func keep(stop <-chan struct{}) {
	ended := make(chan int)
	for i := range 4 {
		go func() { ended <- work(i) }()
	}
	for {
		select {
		case i := <-ended:
			go func() { ended <- work(i) }()
		case <-stop:
			return
		}
	}
}
