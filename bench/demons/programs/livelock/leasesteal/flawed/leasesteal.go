// Package leasesteal has workers that take over a lease which somebody has held
// for too long.
package leasesteal

import (
	"context"
	"sync"
	"time"
)

type lease struct {
	mu    sync.Mutex
	owner int
	since time.Time
}

const (
	tooLong = 2 * time.Millisecond
	work    = 5 * time.Millisecond
)

func (l *lease) take(who int) bool {
	l.mu.Lock() // demon
	defer l.mu.Unlock()
	if l.owner != 0 && time.Since(l.since) < tooLong {
		return false
	}
	l.owner, l.since = who, time.Now()
	return true
}

// finish gives the lease back, and reports whether it was still who's.
func (l *lease) finish(who int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.owner != who {
		return false
	}
	l.owner = 0
	return true
}

// Run returns how many of three pieces of work were finished when ctx ended.
func Run(ctx context.Context) (finished int) {
	var l lease
	var mu sync.Mutex
	var wg sync.WaitGroup
	for who := 1; who <= 3; who++ {
		wg.Go(func() {
			for ctx.Err() == nil {
				if !l.take(who) { // demon
					time.Sleep(tooLong / 4)
					continue
				}
				for range 20 {
					time.Sleep(work / 20)
				}
				if l.finish(who) {
					mu.Lock()
					finished++
					mu.Unlock()
					return
				}
			}
		})
	}
	wg.Wait()
	return finished
}
