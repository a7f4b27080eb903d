// Package shortestfirst does short jobs first.
package shortestfirst

import (
	"context"
	"slices"
	"sync"
	"time"
)

type job struct {
	size  int
	since time.Time
}

// weight decides: the lightest is next.
func (j job) weight() int {
	return j.size
}

// Run returns how many of the large jobs were done when ctx ended. There are
// always short ones.
func Run(ctx context.Context) (large int) {
	var mu sync.Mutex
	now := time.Now()
	jobs := []job{{size: 1, since: now}, {size: 1, since: now}, {size: 100, since: now}}
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() { // gives a short job, before the last one is done
			for ctx.Err() == nil {
				mu.Lock() // demon
				if len(jobs) < 8 {
					jobs = append(jobs, job{size: 1, since: time.Now()})
				}
				mu.Unlock()
				time.Sleep(200 * time.Microsecond)
			}
		})
	}
	wg.Go(func() {
		for ctx.Err() == nil {
			mu.Lock()
			slices.SortFunc(jobs, func(a, b job) int { return a.weight() - b.weight() })
			if len(jobs) > 0 {
				if jobs[0].size == 100 {
					large++
					jobs[0] = job{size: 100, since: time.Now()}
				} else {
					jobs = jobs[1:]
				}
			}
			mu.Unlock()
			time.Sleep(500 * time.Microsecond)
		}
	})
	wg.Wait()
	return large
}
