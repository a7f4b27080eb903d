// A handler panics under a lock, and a middleware recovers.
//
// Demon: deadlock
// Shows: all goroutines are asleep
package main

import "sync"

var mu sync.Mutex

func handle(divisor int) {
	defer func() { _ = recover() }()
	mu.Lock()
	println(10 / divisor)
	mu.Unlock()
}

func main() {
	handle(0)
	handle(5)
}
