// A reader changes what an atomic pointer leads to.
//
// Demon: race
// Shows: DATA RACE
package main

import (
	"sync"
	"sync/atomic"
)

type config struct{ level string }

func main() {
	var wg sync.WaitGroup
	var current atomic.Pointer[config]
	current.Store(&config{level: "info"})
	wg.Go(func() { current.Load().level = "debug" })
	wg.Go(func() { _ = current.Load().level })
	wg.Wait()
}
