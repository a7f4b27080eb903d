// Package firstinline looks for work at several desks, one after the other.
package firstinline

import (
	"context"
	"sync"
	"time"
)

// Run returns how many customers of the last desk were served before ctx ended.
func Run(ctx context.Context) int {
	var desks [4]chan int
	var served [4]int
	var wg sync.WaitGroup
	for i := range desks {
		desks[i] = make(chan int, 4)
		wg.Go(func() {
			for {
				select {
				case desks[i] <- 1:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	wg.Go(func() {
		next := 0
		for ctx.Err() == nil {
			time.Sleep(100 * time.Microsecond) // the customer before
			for i := range desks {
				desk := (next + i) % len(desks)
				select {
				case <-desks[desk]:
					served[desk]++
				default:
					continue
				}
				next = desk + 1
				break
			}
		}
	})
	wg.Wait()
	return served[3]
}
