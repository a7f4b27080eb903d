// The signal comes before the wait, and is lost.
//
// Demon: deadlock
// Shows: all goroutines are asleep
package main

import "sync"

func main() {
	var mu sync.Mutex
	ready := sync.NewCond(&mu)
	ready.Signal()
	mu.Lock()
	ready.Wait()
	mu.Unlock()
}
