// Package exhaustive serves two queues, and stays at one as long as it has items.
package exhaustive

import (
	"context"
	"sync"
)

// Run returns how many items of the second queue were served before ctx ended.
func Run(ctx context.Context) (second int) {
	queues := [2]chan int{make(chan int, 8), make(chan int, 8)}
	var wg sync.WaitGroup
	for _, q := range queues {
		for range 2 {
			wg.Go(func() {
				for {
					select {
					case q <- 1: // demon
					case <-ctx.Done():
						return
					}
				}
			})
		}
	}
	wg.Go(func() {
		for ctx.Err() == nil {
			serve(ctx, queues[0])
			second += serve(ctx, queues[1])
		}
	})
	wg.Wait()
	return second
}

func serve(ctx context.Context, q <-chan int) (n int) {
	for ctx.Err() == nil {
		select {
		case <-q: // demon
			n++
		case <-ctx.Done():
		}
	}
	return n
}
