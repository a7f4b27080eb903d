package a

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"sync"
)

type ask struct {
	rows  [][]float64
	text  string
	reply chan float64
}

type actor struct {
	asks chan ask
	n    int
	mu   sync.Mutex
}

func (a *actor) Start() {
	go a.loop() // want `does heavy work for one message after the other`
}

func (a *actor) loop() {
	for ask := range a.asks {
		a.n++
		ask.reply <- norm(ask.rows)
	}
}

func norm(rows [][]float64) (sum float64) {
	for _, row := range rows {
		for _, v := range row {
			sum += v * v
		}
	}
	return sum
}

func selects(ctx context.Context, asks chan *ask, keys map[string][]byte) {
	go func() { // want `does heavy work`
		for {
			select {
			case a := <-asks:
				key, _ := pbkdf2.Key(sha256.New, a.text, nil, 100_000, 32)
				keys[a.text] = key
				close(a.reply)
			case <-ctx.Done():
				return
			}
		}
	}()
}

func local(asks chan ask) {
	go func() { // want `does heavy work`
		served := 0.0
		for a := range asks {
			served++
			a.reply <- served * norm(a.rows)
		}
	}()
}

func grouped(wg *sync.WaitGroup, asks chan ask) {
	longest := 0
	wg.Go(func() { // want `does heavy work`
		for a := range asks {
			longest = max(longest, len(a.rows))
			a.reply <- norm(a.rows)
		}
	})
}

// No state: a worker, of which there may be more one day.
func worker(asks chan ask) {
	go func() {
		for a := range asks {
			a.reply <- norm(a.rows)
		}
	}()
}

// Several of them.
func workers(asks chan ask, n *int, mu *sync.Mutex) {
	for range 4 {
		go serve(asks, n, mu)
	}
}

func twice(asks chan ask, n *int, mu *sync.Mutex) {
	go serve(asks, n, mu)
	go serve(asks, n, mu)
}

func serve(asks chan ask, n *int, mu *sync.Mutex) {
	for a := range asks {
		mu.Lock()
		*n++
		mu.Unlock()
		a.reply <- norm(a.rows)
	}
}

// Exported: others may start more.
func (a *actor) Serve() {
	for ask := range a.asks {
		a.n++
		ask.reply <- norm(ask.rows)
	}
}

func (a *actor) Open() { go a.Serve() }

// The answer goes to a fixed channel: a stage.
func stage(in chan ask, out chan float64) {
	n := 0.0
	go func() {
		for a := range in {
			n++
			out <- n * norm(a.rows)
		}
	}()
}

// The heavy part is for another message than the answer.
func other(asks, jobs chan ask) {
	total := 0.0
	go func() {
		for {
			select {
			case a := <-asks:
				a.reply <- total
			case j := <-jobs:
				total += norm(j.rows)
			}
		}
	}()
}

// One loop is a look through the state.
func linear(asks chan ask, known []float64) {
	go func() {
		for a := range asks {
			sum := 0.0
			for _, v := range known {
				sum += v * 2
			}
			known = append(known, sum)
			a.reply <- sum
		}
	}()
}

// Loops that call what takes time are no calculation.
func callsOut(asks chan ask, look func(float64) float64) {
	seen := 0
	go func() {
		for a := range asks {
			sum := 0.0
			for _, row := range a.rows {
				for _, v := range row {
					sum += v * look(v)
				}
			}
			seen++
			a.reply <- sum
		}
	}()
}

// Computed elsewhere.
func hands(asks chan ask, wg *sync.WaitGroup) {
	n := 0
	go func() {
		for a := range asks {
			n++
			wg.Go(func() { a.reply <- norm(a.rows) })
		}
	}()
}

// A list that is walked by one variable, over and over.
type link struct {
	next, other *link
	v           float64
}

func walks(asks chan ask, first *link) {
	go func() {
		for a := range asks {
			at := first
			use := func() { at.v++ }
			for at.next != nil {
				if at.v > 0 {
					at = at.next
				} else if at.v < -1 {
					at = at.other.next
				} else {
					at = at.other
				}
				at.v = 1
			}
			at = at.next
			at = at.next.next
			at = at.other
			at.v = 2
			use()
			a.reply <- at.v
		}
	}()
}
