// Package microtasks has an event loop whose callbacks make more of them.
package microtasks

import (
	"context"
	"sync"
)

// Run returns how many events from outside were handled before ctx ended.
func Run(ctx context.Context) (handled int) {
	events := make(chan int)
	soon := make(chan func(), 16)
	var again func()
	again = func() { soon <- again }
	soon <- again
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case events <- 1:
			case <-ctx.Done():
				return
			}
		}
	})
	wg.Go(func() {
		for ctx.Err() == nil {
			drain(ctx, soon)
			select {
			case <-events:
				handled++
			default:
			}
		}
	})
	wg.Wait()
	return handled
}

func drain(ctx context.Context, soon <-chan func()) {
	for range 16 { // a budget
		select {
		case f := <-soon:
			f()
		default:
			return
		}
	}
}
