// Package retriesfirst tries failed jobs again before it begins new ones.
package retriesfirst

import (
	"context"
	"sync"
	"time"
)

// Run returns how many new jobs were done when ctx ended.
func Run(ctx context.Context) (fresh int) {
	jobs, retries := make(chan int), make(chan int, 1)
	retries <- 0 // one that will never succeed
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case jobs <- 1: // demon
			case <-ctx.Done():
				return
			}
		}
	})
	wg.Go(func() {
		for ctx.Err() == nil {
			time.Sleep(100 * time.Microsecond)
			select {
			case j := <-retries: // demon
				retries <- j
				continue
			default:
			}
			select {
			case <-jobs:
				fresh++
			case <-ctx.Done():
			}
		}
	})
	wg.Wait()
	return fresh
}
