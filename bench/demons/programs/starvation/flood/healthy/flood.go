// Package flood has two customers of one server.
package flood

import (
	"context"
	"sync"
	"time"
)

// Run returns how many jobs of the small customer were taken before ctx ended.
func Run(ctx context.Context) (small int) {
	queue := make(chan string, 4)
	own := make(chan string, 4) // a queue for each customer
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case queue <- "large":
			case <-ctx.Done():
				return
			}
		}
	})
	wg.Go(func() {
		for ctx.Err() == nil {
			select {
			case own <- "small":
			default: // too busy: the customer comes back later
			}
			time.Sleep(time.Millisecond)
		}
	})
	wg.Go(func() {
		for {
			time.Sleep(300 * time.Microsecond)
			var who string
			select {
			case who = <-queue:
			case who = <-own:
			case <-ctx.Done():
				return
			}
			if who == "small" {
				small++
			}
		}
	})
	wg.Wait()
	return small
}
