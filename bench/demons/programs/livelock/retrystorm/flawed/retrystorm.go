// Package retrystorm has clients of a server that refuses when it is busy, and
// whose refusals cost it time too.
package retrystorm

import (
	"context"
	"sync"
	"time"
)

type server struct {
	mu   sync.Mutex
	busy int
}

// call is refused if more than one other is inside when it has been read.
func (s *server) call() bool {
	s.mu.Lock() // demon
	s.busy++
	s.mu.Unlock()
	time.Sleep(500 * time.Microsecond) // reads the request
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy--
	return s.busy < 2
}

// Run returns how many of 8 clients were served when ctx ended.
func Run(ctx context.Context) (served int) {
	var s server
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if s.call() {
					mu.Lock()
					served++
					mu.Unlock()
					return
				}
			}
		})
	}
	wg.Wait()
	return served
}
