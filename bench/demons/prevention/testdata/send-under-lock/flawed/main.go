// A lock is held while sending to somebody who needs it to receive. The request
// has a deadline, which neither the lock nor the channel knows of.
//
// Demon: deadlock
// Shows: all goroutines are asleep
package main

import (
	"context"
	"sync"
	"time"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_ = ctx
	var wg sync.WaitGroup
	var mu sync.Mutex
	events := make(chan int)
	locked := make(chan struct{})
	wg.Go(func() {
		mu.Lock()
		defer mu.Unlock()
		close(locked)
		events <- 1
	})
	wg.Go(func() {
		<-locked // the worst moment
		mu.Lock()
		defer mu.Unlock()
		<-events
	})
	wg.Wait()
}
