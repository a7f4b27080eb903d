// A queue hands on the slice; it cannot know that the sender keeps it.
//
// Verdict: still possible
// Shows: DATA RACE|corrupted
package main

import (
	"context"

	"github.com/trivet-go/trivet/state/bounded"
	"github.com/trivet-go/trivet/task/scoped"
)

func main() {
	packets := bounded.New(8, bounded.Rules[[]byte]{})
	_ = scoped.Run(context.Background(), func(g *scoped.Group) error {
		g.Go(func(ctx context.Context) error {
			defer packets.Close()
			buf := make([]byte, 4)
			for i := range byte(8) {
				buf[0] = i
				if err := packets.Put(ctx, buf); err != nil {
					return err
				}
			}
			return nil
		})
		g.Go(func(ctx context.Context) error {
			sum := 0
			for p := range packets.All(ctx) {
				sum += int(p[0])
			}
			if sum != 28 {
				println("corrupted:", sum, "instead of 28")
			}
			return nil
		})
		return nil
	})
}
