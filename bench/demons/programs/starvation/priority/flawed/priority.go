// Package priority has a worker that prefers urgent jobs.
package priority

import (
	"context"
	"sync"
	"time"
)

// Run returns how many ordinary jobs were done when ctx ended.
func Run(ctx context.Context) (ordinary int) {
	urgent, other := make(chan int, 4), make(chan int, 4)
	var wg sync.WaitGroup
	for _, c := range []chan int{urgent, urgent, other} {
		wg.Go(func() { feed(ctx, c) })
	}
	wg.Go(func() {
		for ctx.Err() == nil {
			time.Sleep(100 * time.Microsecond) // the job before
			select {
			case <-urgent: // demon
				continue
			default:
			}
			select {
			case <-urgent: // demon
			case <-other:
				ordinary++
			case <-ctx.Done():
			}
		}
	})
	wg.Wait()
	return ordinary
}

func feed(ctx context.Context, c chan<- int) {
	for {
		select {
		case c <- 1: // demon
		case <-ctx.Done():
			return
		}
	}
}
