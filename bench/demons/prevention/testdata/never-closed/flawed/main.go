// Nobody closes the channel over which a consumer ranges.
//
// Demon: deadlock
// Shows: all goroutines are asleep
package main

import "sync"

func main() {
	var wg sync.WaitGroup
	items := make(chan int, 3)
	wg.Go(func() {
		for i := range 3 {
			items <- i
		}
	})
	wg.Go(func() {
		for i := range items {
			println(i)
		}
	})
	wg.Wait()
}
