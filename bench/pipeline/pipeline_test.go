package pipeline

import (
	"context"
	"testing"
	"testing/synctest"
)

// A rival keeps the promise of its case, also the part that its measurement does
// not show: when the context ends, so do its goroutines. The bubble fails while
// one is left.
func TestRivalsEndWithTheContext(t *testing.T) {
	for name, through := range map[string]func(context.Context, chan result) <-chan result{
		"channels":                      func(ctx context.Context, in chan result) <-chan result { return stages(ctx, in, buffer) },
		"unbuffered":                    func(ctx context.Context, in chan result) <-chan result { return stages(ctx, in, 0) },
		"ordered, by turns":             func(ctx context.Context, in chan result) <-chan result { return byTurns(ctx, in) },
		"ordered, channels of channels": func(ctx context.Context, in chan result) <-chan result { return orderedStage(ctx, in) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				in := make(chan result)
				go func() {
					defer close(in)
					for i := 0; send(ctx, in, result{v: i}); i++ {
					}
				}()
				<-through(ctx, in)
				synctest.Wait() // all buffers are full, as nobody reads any more
				cancel()
			})
		})
	}
}
