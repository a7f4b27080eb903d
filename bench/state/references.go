package state

import (
	"sync"
	"sync/atomic"

	"github.com/puzpuzpuz/xsync/v4"

	"github.com/trivet-go/trivet/bench/internal/contest"
)

// Counters and maps are not rebuilt: what there is serves. These rows say which.

func counters() []contest.Subject {
	return []contest.Subject{
		reference("xsync.Counter", "the sum while others add is not of one moment", func(n int) {
			c := xsync.NewCounter()
			together(2, n, func(_, count int) {
				for range count {
					c.Inc()
				}
			})
			pair{int(c.Value()), n}.whole()
		}),
		reference("atomic.Int64", "", func(n int) {
			var c atomic.Int64
			together(2, n, func(_, count int) {
				for range count {
					c.Add(1)
				}
			})
			pair{int(c.Load()), n}.whole()
		}),
		reference("Mutex", "", func(n int) {
			var mu sync.Mutex
			c := 0
			together(2, n, func(_, count int) {
				for range count {
					mu.Lock()
					c++
					mu.Unlock()
				}
			})
			pair{c, n}.whole()
		}),
	}
}

const keys = 1 << 16

// key is number i of a walk over all keys that no prefetcher foresees.
func key(g, i int) int { return (i*40503 + g*7919) & (keys - 1) }

// mixed calls write once in ten operations.
func mixed(n int, read func(k int), write func(k, v int)) {
	together(2, n, func(g, count int) {
		for i := range count {
			if i%10 == 0 {
				write(key(g, i), i)
			} else {
				read(key(g, i))
			}
		}
	})
}

// maps fill their maps once, before the first run is timed: filling takes longer
// than a run.
func maps() []contest.Subject {
	plain := map[int]int{}
	striped := xsync.NewMap[int, int]()
	var std sync.Map
	for k := range keys {
		plain[k] = k
		striped.Store(k, k)
		std.Store(k, k)
	}
	var mu sync.RWMutex
	return []contest.Subject{
		reference("xsync.Map", "", func(n int) {
			mixed(n, func(k int) { striped.Load(k) }, striped.Store)
		}),
		reference("sync.Map", "", func(n int) {
			mixed(n, func(k int) { std.Load(k) }, func(k, v int) { std.Store(k, v) })
		}),
		reference("RWMutex and map", "", func(n int) {
			mixed(n, func(k int) {
				mu.RLock()
				_ = plain[k]
				mu.RUnlock()
			}, func(k, v int) {
				mu.Lock()
				plain[k] = v
				mu.Unlock()
			})
		}),
	}
}
