// A getter gives out a pointer to what the lock guards.
//
// Demon: race
// Shows: DATA RACE
package main

import "sync"

type account struct {
	mu    sync.Mutex
	cents int
}

func (a *account) balance() *int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return &a.cents
}

func main() {
	var wg sync.WaitGroup
	var a account
	for range 2 {
		wg.Go(func() { *a.balance()++ })
	}
	wg.Wait()
}
