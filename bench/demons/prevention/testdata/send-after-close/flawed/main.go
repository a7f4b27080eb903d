// The consumer has had enough and closes the channel; a producer still sends.
//
// Demon: race
// Shows: send on closed channel
package main

import "sync"

func main() {
	var wg sync.WaitGroup
	jobs := make(chan int, 4)
	closed := make(chan struct{})
	wg.Go(func() {
		close(jobs)
		close(closed)
	})
	wg.Go(func() {
		<-closed // the worst moment
		jobs <- 1
	})
	wg.Wait()
}
