// A worker returns early without Done, and Wait waits for ever.
//
// Demon: deadlock
// Shows: all goroutines are asleep
package main

import (
	"os"
	"sync"
)

func main() {
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		if _, err := os.Stat("no such file"); err != nil {
			return
		}
		wg.Done()
	}()
	wg.Wait()
}
