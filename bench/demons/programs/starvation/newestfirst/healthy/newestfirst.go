// Package newestfirst answers requests, of which there are always some.
package newestfirst

import (
	"context"
	"sync"
	"time"
)

// Run returns whether the very first request was answered before ctx ended.
func Run(ctx context.Context) (answered int) {
	var mu sync.Mutex
	var waiting []chan struct{}
	var wg sync.WaitGroup
	request := func() <-chan struct{} {
		answer := make(chan struct{})
		mu.Lock()
		defer mu.Unlock()
		waiting = append(waiting, answer)
		return answer
	}
	first := request()
	wg.Go(func() {
		select {
		case <-first:
			answered++
		case <-ctx.Done():
		}
	})
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				select {
				case <-request():
				case <-ctx.Done():
				}
			}
		})
	}
	wg.Go(func() {
		time.Sleep(5 * time.Millisecond)
		for ctx.Err() == nil {
			mu.Lock()
			if n := len(waiting); n > 1 {
				next := waiting[0]
				waiting = waiting[1:]
				close(next)
			}
			mu.Unlock()
			time.Sleep(300 * time.Microsecond)
		}
	})
	wg.Wait()
	return answered
}
