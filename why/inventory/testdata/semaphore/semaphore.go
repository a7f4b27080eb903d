// Package semaphore has limits, and channels that limit nothing.
package semaphore

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
)

func work(int) {}

// Taken by the goroutine itself.
func inside(items []int) {
	sem := make(chan struct{}, 4) // is: semaphore, hand-made
	var wg sync.WaitGroup
	for _, i := range items {
		wg.Go(func() { // is: fan-out/fan-in, library
			sem <- struct{}{}
			defer func() { <-sem }()
			work(i)
		})
	}
	wg.Wait()
}

// Taken by the starter, given back by the goroutine.
func before(items []int) {
	var wg sync.WaitGroup
	sem := make(chan bool, 4) // is: semaphore, hand-made
	for _, i := range items {
		sem <- true
		wg.Add(1)
		go func() { // is: fan-out/fan-in, hand-made
			defer wg.Done()
			defer func() { <-sem }()
			work(i)
		}()
	}
	wg.Wait()
}

// Filled first; taking a token is receiving.
func tokens(n int, items []int) {
	free := make(chan struct{}, n) // is: semaphore, hand-made
	for range n {
		free <- struct{}{}
	}
	var wg sync.WaitGroup
	for _, i := range items {
		<-free
		wg.Go(func() { // is: fan-out/fan-in, library
			work(i)
			free <- struct{}{}
		})
	}
	wg.Wait()
}

// A type of its own.
type gate chan struct{}

func (g gate) enter() { g <- struct{}{} }
func (g gate) leave() { <-g }

func own(items []int) {
	g := make(gate, 2) // is: semaphore, hand-made
	for _, i := range items {
		g.enter()
		work(i)
		g.leave()
	}
}

// In a struct, with a context.
type Limiter struct{ slots chan struct{} }

func NewLimiter(n int) *Limiter { return &Limiter{slots: make(chan struct{}, n)} } // is: semaphore, hand-made

func (l *Limiter) Acquire(ctx context.Context) error {
	select {
	case l.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *Limiter) Release() { <-l.slots }

func library(ctx context.Context, items []int) error {
	sem := semaphore.NewWeighted(4) // is: semaphore, library
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8) // is: semaphore, library
	for _, i := range items {
		g.Go(func() error { // is: fan-out/fan-in, library
			if err := sem.Acquire(ctx, 1); err != nil {
				return err
			}
			defer sem.Release(1)
			work(i)
			return nil
		})
	}
	return g.Wait()
}

// Healthy others: each says that it is over.
func ends(items []int) {
	done := make(chan struct{}, len(items))
	for _, i := range items {
		go func() { // is: fan-out/fan-in, hand-made
			work(i)
			done <- struct{}{}
		}()
	}
	for range items {
		<-done
	}
}

// A bell that has rung or not.
type Bell struct{ rang chan struct{} }

func NewBell() *Bell { return &Bell{make(chan struct{}, 1)} }

func (b *Bell) Ring() {
	select {
	case b.rang <- struct{}{}:
	default:
	}
}

func (b *Bell) Wait() { <-b.rang }
