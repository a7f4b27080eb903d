// Queues carry what they are given, also in a circle.
//
// Verdict: still possible
// Shows: handed over 1000 times
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/trivet-go/trivet/state/bounded"
	"github.com/trivet-go/trivet/task/scoped"
)

func main() {
	a, b := bounded.New(1, bounded.Rules[int]{}), bounded.New(1, bounded.Rules[int]{})
	pass := func(in, out *bounded.Queue[int]) func(context.Context) error {
		return func(ctx context.Context) error {
			for hops := range in.All(ctx) {
				if hops == 1000 {
					fmt.Println("handed over", hops, "times")
					os.Exit(1)
				}
				if err := out.Put(ctx, hops+1); err != nil {
					return err
				}
			}
			return nil
		}
	}
	a.TryPut(0)
	_ = scoped.Run(context.Background(), func(g *scoped.Group) error {
		g.Go(pass(a, b))
		g.Go(pass(b, a))
		return nil
	})
}
