// Package requeue works on jobs of which some need others to be done first.
package requeue

import (
	"context"
	"sync"
)

type job struct{ id, needs int }

type queue struct {
	mu   sync.Mutex
	jobs []job
	done map[int]bool
}

// Run returns how many of the jobs are done when ctx ends.
func Run(ctx context.Context) int {
	q := &queue{done: map[int]bool{0: true}}
	for i := range 50 {
		q.jobs = append(q.jobs, job{id: i + 1, needs: i})
	}
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for ctx.Err() == nil && q.step() {
			}
		})
	}
	wg.Wait()
	return len(q.done) - 1
}

func (q *queue) step() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.jobs) == 0 {
		return false
	}
	j := q.jobs[0]
	q.jobs = q.jobs[1:]
	if !q.done[j.needs] {
		q.jobs = append(q.jobs, j)
		return true
	}
	q.done[j.id] = true
	return true
}
