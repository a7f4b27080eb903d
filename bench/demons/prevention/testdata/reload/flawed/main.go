// The configuration is replaced while others read it.
//
// Demon: race
// Shows: DATA RACE
package main

import "sync"

type config struct{ level string }

func main() {
	var wg sync.WaitGroup
	current := &config{level: "info"}
	wg.Go(func() { current = &config{level: "debug"} })
	wg.Go(func() { _ = current.level })
	wg.Wait()
	println(current.level)
}
