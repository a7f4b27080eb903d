// Package recovery breaks deadlocks: who waits for a lock for too long gives up
// what it has, and begins anew.
package recovery

import (
	"context"
	"sync"
	"time"
)

type lock chan struct{}

const tooLong = 2 * time.Millisecond

func (l lock) acquire() bool {
	select {
	case l <- struct{}{}:
		return true
	case <-time.After(tooLong):
		return false
	}
}

func (l lock) release() { <-l }

// Run returns how many of five transfers in each direction were made when ctx
// ended.
func Run(ctx context.Context) (made int) {
	a, b := make(lock, 1), make(lock, 1)
	var mu sync.Mutex
	var wg sync.WaitGroup
	transfer := func(from, to lock) {
		for times := 0; ctx.Err() == nil && times < 5; {
			if both(from, to) {
				times++
				mu.Lock()
				made++
				mu.Unlock()
			}
		}
	}
	wg.Go(func() { transfer(a, b) })
	wg.Go(func() { transfer(a, b) }) // everybody takes them in the same order
	wg.Wait()
	return made
}

func both(from, to lock) bool {
	time.Sleep(time.Until(time.Now().Truncate(4 * tooLong).Add(4 * tooLong)))
	if !from.acquire() {
		return false
	}
	defer from.release()
	time.Sleep(tooLong / 3)
	if !to.acquire() {
		time.Sleep(tooLong / 2) // takes back what it has done
		return false
	}
	defer to.release()
	return true
}
