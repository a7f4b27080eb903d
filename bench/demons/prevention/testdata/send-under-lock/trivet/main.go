// What waits takes the request's context, and its deadline ends both waits. The
// lock of the wrong size stays a mistake, but one that is told and not for ever.
//
// Verdict: named error
// Shows: context deadline exceeded
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/trivet-go/trivet/state/bounded"
	"github.com/trivet-go/trivet/state/guarded"
	"github.com/trivet-go/trivet/task/scoped"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	var state guarded.Value[int]
	events := bounded.New(1, bounded.Rules[int]{})
	_ = events.TryPut(0) // full
	locked := make(chan struct{})
	err := scoped.Run(ctx, func(g *scoped.Group) error {
		g.Go(func(ctx context.Context) (err error) {
			state.Do(func(*int) {
				close(locked)
				err = events.Put(ctx, 1)
			})
			return err
		})
		g.Go(func(ctx context.Context) error {
			<-locked // the worst moment
			return state.DoContext(ctx, func(*int) { _, _ = events.Take(ctx) })
		})
		return nil
	})
	fmt.Println(err)
}
