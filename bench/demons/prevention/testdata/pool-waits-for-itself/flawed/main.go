// A job of a pool waits for a smaller job of the same pool, which is full.
//
// Demon: deadlock
// Shows: all goroutines are asleep
package main

import "golang.org/x/sync/errgroup"

func main() {
	var pool errgroup.Group
	pool.SetLimit(1)
	pool.Go(func() error {
		small := make(chan int)
		pool.Go(func() error { small <- 1; return nil })
		println(<-small)
		return nil
	})
	_ = pool.Wait()
}
