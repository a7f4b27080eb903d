// Add is called by the goroutine that it should count, so Wait may not wait.
//
// Demon: race
// Shows: DATA RACE
package main

import (
	"sync"
	"time"
)

func main() {
	var wg sync.WaitGroup
	sum := 0
	go func() {
		wg.Add(1)
		defer wg.Done()
		time.Sleep(time.Millisecond)
		sum = 42
	}()
	wg.Wait()
	println(sum)
	time.Sleep(20 * time.Millisecond)
}
