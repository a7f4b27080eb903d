// Package politelocks moves money between two accounts. Who does not get the
// second lock soon gives the first one back, so that nobody waits for ever.
package politelocks

import (
	"context"
	"sync"
	"time"
)

const look = 500 * time.Microsecond

// Run makes five transfers in each of two directions, and returns how many were
// made when ctx ended.
func Run(ctx context.Context) int {
	var a, b sync.Mutex
	var made [2]int
	var wg sync.WaitGroup
	transfer := func(i int, from, to *sync.Mutex) {
		for ctx.Err() == nil && made[i] < 5 {
			if both(from, to) {
				made[i]++
				continue
			}
		}
	}
	wg.Go(func() { transfer(0, &a, &b) })
	wg.Go(func() { transfer(1, &b, &a) })
	wg.Wait()
	return made[0] + made[1]
}

func both(from, to *sync.Mutex) bool {
	from.Lock() // demon
	defer from.Unlock()
	for range 4 {
		time.Sleep(look)
		if to.TryLock() { // demon
			to.Unlock()
			return true
		}
	}
	return false
}
