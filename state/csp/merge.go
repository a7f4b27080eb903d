package csp

import (
	"context"
	"iter"

	"github.com/trivet-go/trivet/internal/spawn"
)

// Merge yields the values of all channels as they come, until all are closed, or
// ctx is done. The order within each is kept. It runs a goroutine for each
// channel while the loop does.
func Merge[T any](ctx context.Context, channels ...<-chan T) iter.Seq[T] {
	if len(channels) == 1 {
		return All(ctx, channels[0])
	}
	return func(yield func(T) bool) {
		merged := make(chan T)
		g := spawn.New(ctx, spawn.Rules{})
		defer func() {
			g.Cancel(errStopped)
			g.Wait() // the tasks return nothing but that they were stopped
		}()
		g.Go(func(ctx context.Context) error {
			inner := spawn.New(ctx, spawn.Rules{})
			for _, c := range channels {
				inner.Go(func(ctx context.Context) error {
					for v := range All(ctx, c) {
						if !send(ctx, merged, v) {
							break
						}
					}
					return nil
				})
			}
			err := inner.Wait()
			close(merged)
			return err
		})
		for v := range All(g.Context(), merged) {
			if !yield(v) {
				return
			}
		}
	}
}
