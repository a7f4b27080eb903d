// Package splitvote elects leaders: candidates vote for themselves, and need the
// vote of the other one too.
package splitvote

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

type voter struct {
	mu    sync.Mutex
	voted bool
}

func (v *voter) ask() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.voted {
		return false
	}
	v.voted = true
	return true
}

func (v *voter) free() {
	v.mu.Lock()
	v.voted = false
	v.mu.Unlock()
}

const term = 2 * time.Millisecond

// Run returns how many of five elections each candidate won before ctx ended.
func Run(ctx context.Context) int {
	var voters [2]voter
	var won [2]int
	var wg sync.WaitGroup
	for i := range voters {
		me, other := &voters[i], &voters[1-i]
		wg.Go(func() {
			for ctx.Err() == nil && won[i] < 5 {
				if campaign(me, other) {
					won[i]++
					continue
				}
				time.Sleep(rand.N(2 * term)) // not all at the same time
			}
		})
	}
	wg.Wait()
	return won[0] + won[1]
}

func campaign(me, other *voter) bool {
	if !me.ask() {
		return false
	}
	defer me.free()
	for range 4 {
		time.Sleep(term / 4) // the letter is on its way
		if other.ask() {
			other.free()
			return true
		}
	}
	return false
}
