// Two take one lock each, find the other one taken, and give way in lock-step.
//
// Demon: livelock
// Shows: done 0 of 2
package main

import (
	"fmt"
	"sync"
)

func main() {
	var a, b, count sync.Mutex
	var wg sync.WaitGroup
	step := make(chan struct{})
	done := 0
	both := func(meet func(), first, second *sync.Mutex) {
		for range 100 { // for ever, if nobody counted
			first.Lock()
			meet() // the worst moment
			got := second.TryLock()
			meet()
			first.Unlock()
			if got {
				second.Unlock()
				count.Lock()
				done++
				count.Unlock()
				return
			}
		}
	}
	wg.Go(func() { both(func() { step <- struct{}{} }, &a, &b) })
	wg.Go(func() { both(func() { <-step }, &b, &a) })
	wg.Wait()
	fmt.Printf("done %d of 2\n", done)
}
