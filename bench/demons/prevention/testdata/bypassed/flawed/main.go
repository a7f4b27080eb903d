// A semaphore lets light requests in while a heavy one waits for room.
//
// Demon: starvation
// Shows: heavy after 1000 light
package main

import (
	"fmt"
	"sync"
)

type semaphore struct {
	mu   sync.Mutex
	free int
}

func (s *semaphore) try(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.free < n {
		return false
	}
	s.free -= n
	return true
}

func (s *semaphore) release(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free += n
}

func main() {
	s := semaphore{free: 2}
	s.try(1)
	light := 0
	for !s.try(2) && light < 1000 {
		s.try(1) // the next light one comes before the last one goes
		s.release(1)
		light++
	}
	fmt.Println("heavy after", light, "light")
}
