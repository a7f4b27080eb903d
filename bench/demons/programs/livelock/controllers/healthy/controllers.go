// Package controllers has two controllers that keep an object as they want it.
package controllers

import (
	"context"
	"sync"
	"time"
)

type object struct {
	mu         sync.Mutex
	replicas   int
	generation int
}

// reconcile sets what the controller wants, and reports whether that was so.
func (o *object) reconcile(replicas int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.replicas == replicas {
		return true
	}
	o.replicas = replicas
	o.generation++
	return false
}

// Run returns how many controllers were content before ctx ended: a controller
// is when its wish has held ten times in a row.
func Run(ctx context.Context) (content int) {
	var o object
	var mu sync.Mutex
	var wg sync.WaitGroup
	wishes := []int{2, 3}
	wishes[0] = wishes[1] // only one of them sets the field
	for _, wish := range wishes {
		wg.Go(func() {
			settled := 0
			for ctx.Err() == nil && settled < 10 {
				if settled++; !o.reconcile(wish) {
					settled = 0
				}
				time.Sleep(200 * time.Microsecond)
			}
			if settled == 10 {
				mu.Lock()
				content++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return content
}
