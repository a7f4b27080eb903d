// Package pingpong has two workers that pass a job to whoever has less to do.
package pingpong

import (
	"context"
	"sync"
)

type job struct{ hops int }

// Run returns whether the job was done before ctx ended.
func Run(ctx context.Context) int {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a, b := make(chan job), make(chan job)
	done := 0
	var wg sync.WaitGroup
	worker := func(in <-chan job, out chan<- job) {
		for {
			select {
			case j := <-in:
				if tooMuch(j) {
					j.hops++
					select {
					case out <- j:
						continue
					case <-ctx.Done():
						return
					}
				}
				done++
				cancel()
			case <-ctx.Done():
				return
			}
		}
	}
	wg.Go(func() { worker(a, b) })
	wg.Go(func() { worker(b, a) })
	a <- job{}
	wg.Wait()
	return done
}

// tooMuch compares the queues: with the job in hand, one's own is the longer one.
func tooMuch(j job) bool {
	return j.hops < 8 // somebody has to do it
}
