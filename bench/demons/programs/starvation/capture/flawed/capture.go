// Package capture has two stations on one line. Who finds it busy doubles its
// pause; who has sent sends on.
package capture

import (
	"context"
	"sync"
	"time"
)

// Run returns how many frames the less lucky station sent before ctx ended.
func Run(ctx context.Context) int {
	var line sync.Mutex
	var sent [2]int
	var wg sync.WaitGroup
	for i := range sent {
		wg.Go(func() {
			pause := 50 * time.Microsecond
			for ctx.Err() == nil {
				if !line.TryLock() { // demon
					pause *= 2
					time.Sleep(pause)
					continue
				}
				sent[i]++
				time.Sleep(500 * time.Microsecond)
				line.Unlock()
				pause = 50 * time.Microsecond
			}
		})
	}
	wg.Wait()
	return min(sent[0], sent[1])
}
