// Two goroutines find that the client is missing, and both make one.
//
// Demon: race
// Shows: DATA RACE
package main

import "sync"

type client struct{ number int }

var (
	shared *client
	made   int
)

func get() *client {
	if shared == nil {
		made++
		shared = &client{number: made}
	}
	return shared
}

func main() {
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() { get() })
	}
	wg.Wait()
	println(made)
}
