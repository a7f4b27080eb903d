// A method of one object calls into the other, under its own lock, and back.
//
// Demon: deadlock
// Shows: all goroutines are asleep
package main

import "sync"

func main() {
	var wg, first sync.WaitGroup
	var parent, child sync.Mutex
	first.Add(2)
	both := func(outer, inner *sync.Mutex) {
		outer.Lock()
		defer outer.Unlock()
		first.Done()
		first.Wait() // the worst moment
		inner.Lock()
		defer inner.Unlock()
	}
	wg.Go(func() { both(&parent, &child) })
	wg.Go(func() { both(&child, &parent) })
	wg.Wait()
}
