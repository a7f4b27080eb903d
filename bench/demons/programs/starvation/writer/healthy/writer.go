// Package writer has readers whose uses of a table overlap, and a writer.
package writer

import (
	"context"
	"sync"
	"time"
)

// Run returns how often the writer could write before ctx ended.
func Run(ctx context.Context) (written int) {
	var table sync.RWMutex
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			time.Sleep(time.Duration(i) * 500 * time.Microsecond)
			for ctx.Err() == nil {
				table.RLock()
				time.Sleep(2 * time.Millisecond)
				table.RUnlock()
			}
		})
	}
	wg.Go(func() {
		time.Sleep(3 * time.Millisecond)
		for ctx.Err() == nil {
			table.Lock()
			written++
			table.Unlock()
			time.Sleep(time.Millisecond)
		}
	})
	wg.Wait()
	return written
}
