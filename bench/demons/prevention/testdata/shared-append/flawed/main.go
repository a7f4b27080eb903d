// Every goroutine appends its result to the same slice.
//
// Demon: race
// Shows: DATA RACE
package main

import "sync"

func main() {
	var wg sync.WaitGroup
	var squares []int
	for i := range 10 {
		wg.Go(func() { squares = append(squares, i*i) })
	}
	wg.Wait()
	println(len(squares))
}
