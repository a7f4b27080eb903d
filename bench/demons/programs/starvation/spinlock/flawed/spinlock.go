// Package spinlock has a lock that whoever is there first takes, and two users:
// one takes it again at once, the other one pauses when it is taken.
package spinlock

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

type lock struct{ taken atomic.Bool }

func (l *lock) Lock() {
	for pause := time.Microsecond; !l.taken.CompareAndSwap(false, true); pause *= 2 { // demon
		time.Sleep(pause)
	}
}

func (l *lock) Unlock() { l.taken.Store(false) }

// Run returns how often the less lucky one got the lock before ctx ended.
func Run(ctx context.Context) int {
	var l lock
	var turns [2]int
	var wg sync.WaitGroup
	for i := range turns {
		wg.Go(func() {
			for ctx.Err() == nil {
				l.Lock()
				turns[i]++
				for range 100 {
					runtime.Gosched()
				}
				l.Unlock()
			}
		})
	}
	wg.Wait()
	return min(turns[0], turns[1])
}
