// Command channels does the cases of the scoreboard of actors with what Go has: a
// goroutine for each actor that reads its channel.
package main

import (
	"sync"
	"time"

	"github.com/trivet-go/trivet/bench/actors/peer"
)

func main() {
	peer.Main(peer.Library{
		Who: "goroutine and channel", Note: "no address, no panics caught, a goroutine each", Role: peer.Reference,
		Tell: func(senders, n int) {
			in, out := make(chan int, 1000), make(chan int)
			go func() {
				sum := 0
				for m := range in {
					sum += m
				}
				out <- sum
			}()
			peer.Each(senders, n, func(count int) {
				for range count {
					in <- 1
				}
			})
			close(in)
			peer.Must(<-out, n)
		},
		Ring: func(n int) { ring().Go(n, func(to chan int, hops int) { to <- hops }) },
		Ping: func(n int) {
			a, b, done := make(chan int, 1), make(chan int, 1), make(chan bool, 1)
			go pass(a, b, done)
			go pass(b, a, done)
			a <- 2 * n
			<-done
			close(a)
			close(b)
		},
		Ask: ask,
		Block: func(n int) (end func()) {
			until := make(chan bool)
			for range n {
				go func() { <-until }()
			}
			return func() { close(until) }
		},
		Asks: func(n int) []time.Duration {
			all := newCounters(n)
			defer stopCounters(all)
			took := make([]time.Duration, n)
			for i, c := range all {
				begin := time.Now()
				sum := c.ask(1)
				took[i] = time.Since(begin)
				peer.Must(sum, 1)
			}
			return took
		},
		Idle: func(n int) (end func()) {
			all := newCounters(n)
			for _, c := range all {
				peer.Must(c.ask(1), 1)
			}
			return func() { stopCounters(all) }
		},
	})
}

var ring = sync.OnceValue(func() peer.Ring[chan int] {
	r := peer.NewRing[chan int]()
	for i := range r.Nodes {
		r.Nodes[i] = make(chan int, peer.RingTokens)
	}
	for i := range r.Nodes {
		go pass(r.Nodes[i], *r.After(i), r.Done)
	}
	return r
})

func pass(in, out chan int, done chan bool) {
	for hops := range in {
		if hops == 0 {
			done <- true
			continue
		}
		out <- hops - 1
	}
}

// counter is a goroutine that answers with its sum.
type counter struct{ in, out chan int }

func newCounter() counter {
	c := counter{make(chan int), make(chan int)}
	go func() {
		sum := 0
		for m := range c.in {
			sum += m
			c.out <- sum
		}
	}()
	return c
}

func (c counter) ask(n int) int {
	c.in <- n
	return <-c.out
}

func newCounters(n int) []counter {
	all := make([]counter, n)
	for i := range all {
		all[i] = newCounter()
	}
	return all
}

func stopCounters(all []counter) {
	for _, c := range all {
		close(c.in)
	}
}

func ask(n int) {
	c, sum := newCounter(), 0
	for range n {
		sum = c.ask(1)
	}
	close(c.in)
	peer.Must(sum, n)
}
