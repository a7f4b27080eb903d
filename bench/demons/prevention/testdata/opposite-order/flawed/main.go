// Two transfers lock the same two accounts, in opposite order.
//
// Demon: deadlock
// Shows: all goroutines are asleep
package main

import "sync"

type account struct {
	mu    sync.Mutex
	cents int
}

func main() {
	var wg, first sync.WaitGroup
	first.Add(2)
	transfer := func(from, to *account) {
		from.mu.Lock()
		defer from.mu.Unlock()
		first.Done()
		first.Wait() // the worst moment
		to.mu.Lock()
		defer to.mu.Unlock()
		from.cents--
		to.cents++
	}
	var a, b account
	wg.Go(func() { transfer(&a, &b) })
	wg.Go(func() { transfer(&b, &a) })
	wg.Wait()
}
