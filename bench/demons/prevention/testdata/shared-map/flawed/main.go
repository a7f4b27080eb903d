// Requests count themselves in a map, and nobody locks it.
//
// Demon: race
// Shows: DATA RACE|concurrent map writes
package main

import "sync"

func main() {
	var wg sync.WaitGroup
	seen := map[string]int{}
	for range 2 {
		wg.Go(func() { seen["/"]++ })
	}
	wg.Wait()
	println(seen["/"])
}
