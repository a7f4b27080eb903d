// Package bypass has a semaphore, light users, and a heavy one.
package bypass

import (
	"context"
	"sync"
	"time"
)

type semaphore struct {
	mu      sync.Mutex
	changed *sync.Cond
	free    int
}

func (s *semaphore) acquire(ctx context.Context, n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.free < n && ctx.Err() == nil {
		s.changed.Wait() // demon
	}
	s.free -= n
	return ctx.Err() == nil
}

func (s *semaphore) release(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free += n
	s.changed.Broadcast()
}

// Run returns how often the heavy one got in before ctx ended.
func Run(ctx context.Context) (heavy int) {
	s := &semaphore{free: 4}
	s.changed = sync.NewCond(&s.mu)
	defer context.AfterFunc(ctx, s.changed.Broadcast)()
	var wg sync.WaitGroup
	use := func(n int, d time.Duration, got *int) {
		for ctx.Err() == nil {
			if s.acquire(ctx, n) { // demon
				*got++
			}
			time.Sleep(d)
			s.release(n)
		}
	}
	for i := range 5 {
		light := 0
		wg.Go(func() { use(1, time.Duration(5+i)*200*time.Microsecond, &light) })
	}
	wg.Go(func() {
		time.Sleep(3 * time.Millisecond)
		use(4, time.Millisecond, &heavy)
	})
	wg.Wait()
	return heavy
}
