// The workers are waited for before anybody reads their results.
//
// Demon: deadlock
// Shows: all goroutines are asleep
package main

import "sync"

func main() {
	var wg sync.WaitGroup
	results := make(chan int)
	for i := range 4 {
		wg.Go(func() { results <- i * i })
	}
	wg.Wait()
	close(results)
	for r := range results {
		println(r)
	}
}
