// Package idleflush gathers messages, and sends them when none has come for a while.
package idleflush

import (
	"context"
	"sync"
	"time"
)

// Run returns how many batches were sent before ctx ended.
func Run(ctx context.Context) (batches int) {
	messages := make(chan int)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case messages <- 1: // demon
			case <-ctx.Done():
				return
			}
			time.Sleep(time.Millisecond)
		}
	})
	wg.Go(func() {
		const while = 20 * time.Millisecond
		flush := time.NewTimer(while)
		defer flush.Stop()
		for {
			select {
			case <-messages: // demon
				flush.Reset(while)
			case <-flush.C:
				batches++
				flush.Reset(while)
			case <-ctx.Done():
				return
			}
		}
	})
	wg.Wait()
	return batches
}
