// Two goroutines add to a number, and one of them forgets the lock.
//
// Demon: race
// Shows: DATA RACE
package main

import "sync"

func main() {
	var mu sync.Mutex
	var wg sync.WaitGroup
	hits := 0
	wg.Go(func() {
		mu.Lock()
		hits++
		mu.Unlock()
	})
	wg.Go(func() { hits++ })
	wg.Wait()
	println(hits)
}
