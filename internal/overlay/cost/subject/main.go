// Command subject times the hooked operations, one line each: name, events an
// operation, nanoseconds an operation. Where the trace holds other events too,
// the number of events is 0.
package main

import (
	"fmt"
	"sync"
	"time"
)

var (
	mu   sync.Mutex
	rw   sync.RWMutex
	buf  = make(chan int, 1)
	left = make(chan int, 1)
	once sync.Once
	n    int
	made chan int
)

var operations = []struct {
	name   string
	events int
	do     func()
}{
	{"Lock+Unlock", 2, func() { mu.Lock(); n++; mu.Unlock() }},
	{"RLock+RUnlock", 2, func() { rw.RLock(); _ = n; rw.RUnlock() }},
	{"send+receive", 2, func() { buf <- 1; <-buf }},
	{"select+select", 2, selects},
	{"make-chan", 1, func() { made = make(chan int, 1) }},
	{"go+WaitGroup", 0, group},
	{"once-done", 0, func() { once.Do(func() {}) }},
}

func selects() {
	select {
	case buf <- 1:
	case <-left:
	}
	select {
	case <-buf:
	case <-left:
	}
}

func group() {
	var wg sync.WaitGroup
	wg.Add(1)
	go func() { wg.Done() }()
	wg.Wait()
}

func main() {
	for _, op := range operations {
		fmt.Println(op.name, op.events, measure(op.do))
	}
	_ = made
}

// measure is the shortest of some runs, each long enough for the clock.
func measure(do func()) float64 {
	best := 0.0
	n := 5000
	for range 100 {
		start := time.Now()
		for range n {
			do()
		}
		if ns := float64(time.Since(start).Nanoseconds()) / float64(n); best == 0 || ns < best {
			best = ns
		}
	}
	return best
}
