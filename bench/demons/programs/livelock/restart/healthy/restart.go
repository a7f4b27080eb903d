// Package restart builds anew whenever a file changes.
package restart

import (
	"context"
	"time"
)

// Run returns how many builds have ended when ctx does, or 3 have.
func Run(ctx context.Context) (built int) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changes := make(chan struct{})
	go edit(ctx, changes)
	building := time.NewTimer(duration)
	for built < 3 {
		select {
		case <-changes:
			// the next build will have it
		case <-building.C:
			built++
			building.Reset(duration)
		case <-ctx.Done():
			return built
		}
	}
	return built
}

const duration = 32 * time.Millisecond

// edit changes a file every 8 ms.
func edit(ctx context.Context, changes chan<- struct{}) {
	for {
		time.Sleep(duration / 4)
		select {
		case changes <- struct{}{}:
		case <-ctx.Done():
			return
		}
	}
}
