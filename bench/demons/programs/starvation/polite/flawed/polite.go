// Package polite has somebody who holds a lock nearly all of the time, and
// somebody who looks now and then whether it is free.
package polite

import (
	"context"
	"sync"
	"time"
)

// Run returns how often the second got the lock before ctx ended.
func Run(ctx context.Context) (got int) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			mu.Lock() // demon
			time.Sleep(time.Millisecond)
			mu.Unlock()
		}
	})
	wg.Go(func() {
		for ctx.Err() == nil {
			time.Sleep(500 * time.Microsecond)
			if !mu.TryLock() { // demon
				continue
			}
			got++
			mu.Unlock()
		}
	})
	wg.Wait()
	return got
}
