// Package readerspreferred has a lock of its own for readers and writers.
package readerspreferred

import (
	"context"
	"sync"
	"time"
)

type lock struct {
	mu      sync.Mutex
	changed *sync.Cond
	readers int
	writers int // who wait
}

func (l *lock) rlock() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.writers > 0 {
		l.changed.Wait()
	}
	l.readers++
}

func (l *lock) runlock() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.readers--; l.readers == 0 {
		l.changed.Broadcast()
	}
}

// write calls f when nobody reads.
func (l *lock) write(ctx context.Context, f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writers++
	for l.readers > 0 && ctx.Err() == nil {
		l.changed.Wait()
	}
	if l.writers--; ctx.Err() == nil {
		f()
	}
	l.changed.Broadcast()
}

// Run returns how often the writer could write before ctx ended.
func Run(ctx context.Context) (written int) {
	var l lock
	l.changed = sync.NewCond(&l.mu)
	defer context.AfterFunc(ctx, l.changed.Broadcast)()
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			time.Sleep(time.Duration(i) * 500 * time.Microsecond)
			for ctx.Err() == nil {
				l.rlock()
				time.Sleep(2 * time.Millisecond)
				l.runlock()
			}
		})
	}
	wg.Go(func() {
		time.Sleep(3 * time.Millisecond)
		for ctx.Err() == nil {
			l.write(ctx, func() { written++ })
			time.Sleep(time.Millisecond)
		}
	})
	wg.Wait()
	return written
}
