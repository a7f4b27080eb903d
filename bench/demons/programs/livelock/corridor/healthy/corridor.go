// Package corridor has two walkers who meet and step aside for each other.
package corridor

import (
	"context"
	"sync"
	"time"
)

type corridor struct {
	mu   sync.Mutex
	lane [2]int
}

func (c *corridor) blocked() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lane[0] == c.lane[1]
}

func (c *corridor) stepAside(who int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lane[who] = 1 - c.lane[who]
}

const pace = 12 * time.Millisecond

// Run returns how often one of them has passed when ctx ends, or both have three
// times.
func Run(ctx context.Context) (passed int) {
	var c corridor
	var mu sync.Mutex
	var wg sync.WaitGroup
	for who := range 2 {
		wg.Go(func() {
			for times := 0; ctx.Err() == nil && times < 3; {
				time.Sleep(time.Until(time.Now().Truncate(pace).Add(pace)))
				if !c.blocked() {
					times++
					mu.Lock()
					passed++
					mu.Unlock()
					continue
				}
				time.Sleep(pace / 2)
				if who == 0 { // the other one stays
					c.stepAside(who)
				}
			}
		})
	}
	wg.Wait()
	return passed
}
