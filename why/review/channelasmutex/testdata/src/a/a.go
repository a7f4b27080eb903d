package a

import (
	"context"
	"os"
	"time"
)

type counter struct {
	sem chan struct{}
	n   int
	m   map[string]int
	b   []byte
	p   *counter
}

func newCounter() *counter { return &counter{sem: make(chan struct{}, 1)} }

func (c *counter) inc() {
	c.sem <- struct{}{} // want `c.sem is a lock around a few nanoseconds`
	c.n++
	<-c.sem
}

func (c *counter) get() int {
	c.sem <- struct{}{} // want `c.sem is a lock`
	n := c.n
	<-c.sem
	return n
}

func (c *counter) put(k string) {
	c.sem <- struct{}{} // want `c.sem is a lock`
	c.m[k]++
	<-c.sem
}

func (c *counter) app(b byte) {
	c.sem <- struct{}{} // want `c.sem is a lock`
	c.b = append(c.b, b)
	<-c.sem
}

func (c *counter) set(n int) {
	c.sem <- struct{}{} // want `c.sem is a lock`
	c.n, c.p = n, nil
	<-c.sem
}

func add(a, b int) int { return a + b }

func (c *counter) callsSmall(n int) {
	c.sem <- struct{}{} // want `c.sem is a lock`
	c.n = add(c.n, n)
	<-c.sem
}

var global = make(chan bool, 1)
var total int

func addTotal(n int) {
	global <- true // want `global is a lock`
	total += n
	<-global
}

func local(n *int) {
	c := make(chan struct{}, 1)
	for range 4 {
		go func() {
			c <- struct{}{} // want `c is a lock`
			*n++
			<-c
		}()
	}
}

func swap(a, b *int) func() {
	turn := make(chan bool, 1)
	return func() {
		turn <- false // want `turn is a lock`
		*a, *b = *b, *a
		<-turn
	}
}

type late struct {
	c chan struct{}
	v float64
}

func (l *late) init() { l.c = make(chan struct{}, 1) }

func (l *late) scale(f float64) float64 {
	l.c <- struct{}{} // want `l.c is a lock`
	l.v *= f
	v := l.v
	<-l.c
	return v
}

// Good ones.

type good struct {
	wide, long, tried, loop, given, unknown, values, closed, held chan struct{}
	ints                                                          chan int
	n                                                             int
}

func newGood(unknown chan struct{}) *good {
	return &good{
		wide: make(chan struct{}, 4), long: make(chan struct{}, 1), tried: make(chan struct{}, 1),
		loop: make(chan struct{}, 1), given: make(chan struct{}), ints: make(chan int, 1),
		unknown: unknown, closed: make(chan struct{}, 1), held: make(chan struct{}, 1),
	}
}

func (g *good) several() {
	g.wide <- struct{}{}
	g.n++
	<-g.wide
}

func (g *good) works() {
	g.long <- struct{}{}
	os.Remove("x")
	<-g.long
}

func (g *good) sleeps() {
	g.long <- struct{}{}
	time.Sleep(1)
	<-g.long
}

func (g *good) gives(ctx context.Context) {
	select {
	case g.tried <- struct{}{}:
	case <-ctx.Done():
		return
	}
	g.n++
	<-g.tried
}

func (g *good) givesNot() {
	g.tried <- struct{}{}
	g.n++
	<-g.tried
}

func (g *good) loops(p []int) {
	g.loop <- struct{}{}
	for _, v := range p {
		g.n += v
	}
	<-g.loop
}

func (g *good) rendezvous() {
	g.given <- struct{}{}
	g.n++
	<-g.given
}

func (g *good) elsewhere() {
	g.unknown <- struct{}{}
	g.n++
	<-g.unknown
}

func (g *good) echo(v int) int {
	g.ints <- v
	g.n++
	return <-g.ints
}

func (g *good) untilClosed() {
	g.closed <- struct{}{}
	g.n++
	<-g.closed
}

func (g *good) close() { close(g.closed) }

func (g *good) lock()   { g.held <- struct{}{} }
func (g *good) unlock() { <-g.held }

func dynamic(n int, x *int) {
	sem := make(chan struct{}, n)
	go func() {
		sem <- struct{}{}
		*x++
		<-sem
	}()
}

func calls(f func()) {
	sem := make(chan struct{}, 1)
	go func() {
		sem <- struct{}{}
		f()
		<-sem
	}()
}
