// The balance is checked under the lock, and changed under it later.
//
// Demon: race
// Shows: balance -
package main

import (
	"fmt"
	"sync"
)

func main() {
	var mu sync.Mutex
	var checked, wg sync.WaitGroup
	balance := 100
	checked.Add(2)
	for range 2 {
		wg.Go(func() {
			mu.Lock()
			enough := balance >= 70
			mu.Unlock()
			checked.Done()
			checked.Wait() // the worst moment
			if enough {
				mu.Lock()
				balance -= 70
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	fmt.Println("balance", balance)
}
