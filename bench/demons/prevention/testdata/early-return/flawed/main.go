// An error path returns without unlocking.
//
// Demon: deadlock
// Shows: all goroutines are asleep
package main

import (
	"errors"
	"sync"
)

var mu sync.Mutex

func save(item string) error {
	mu.Lock()
	if item == "" {
		return errors.New("nothing to save")
	}
	mu.Unlock()
	return nil
}

func main() {
	_ = save("")
	_ = save("a")
}
