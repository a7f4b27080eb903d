// Package haunted is a kitchen with a demon: cook and waiter take pan and plate in
// different orders. docs/GUIDE.md shows what trivet demons says of it.
package haunted

import (
	"sync"
	"testing"
)

func TestNoon(t *testing.T) {
	var pan, plate sync.Mutex
	var both sync.WaitGroup
	both.Go(func() { // cook
		pan.Lock()
		defer pan.Unlock()
		plate.Lock()
		defer plate.Unlock()
	})
	both.Go(func() { // waiter
		plate.Lock()
		defer plate.Unlock()
		pan.Lock()
		defer pan.Unlock()
	})
	both.Wait()
}
