// Two producers both think that they are the last, and close the channel.
//
// Demon: race
// Shows: close of closed channel
package main

import "sync"

func main() {
	var wg sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		wg.Go(func() { close(done) })
	}
	wg.Wait()
}
