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
			case events <- 1: // demon
			case <-ctx.Done():
				return
			}
		}
	})
	wg.Go(func() {
		for ctx.Err() == nil {
			drain(ctx, soon)
			select {
			case <-events: // demon
				handled++
			default:
			}
		}
	})
	wg.Wait()
	return handled
}

func drain(ctx context.Context, soon <-chan func()) {
	for ctx.Err() == nil {
		select {
		case f := <-soon: // demon
			f()
		default:
			return
		}
	}
}
