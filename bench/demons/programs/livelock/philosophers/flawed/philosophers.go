// Package philosophers lets five dine. Who cannot have the right fork soon puts
// the left one down.
package philosophers

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

const (
	seats = 5
	look  = 500 * time.Microsecond
)

// Run returns how many of four meals each were eaten when ctx ended.
func Run(ctx context.Context) int {
	var forks [seats]sync.Mutex
	var eaten atomic.Int64
	var wg sync.WaitGroup
	for i := range seats {
		wg.Go(func() {
			left, right := &forks[i], &forks[(i+1)%seats]
			for meals := 0; ctx.Err() == nil && meals < 4; {
				if dine(left, right) {
					meals++
					eaten.Add(1)
				}
			}
		})
	}
	wg.Wait()
	return int(eaten.Load())
}

func dine(left, right *sync.Mutex) bool {
	left.Lock() // demon
	defer left.Unlock()
	for range 4 {
		time.Sleep(look)
		if right.TryLock() { // demon
			right.Unlock()
			return true
		}
	}
	return false
}
