// A task that waits for its own tasks lends its slot to them.
//
// Verdict: no place for it
// Shows: (?m)^1$
package main

import (
	"context"

	"github.com/trivet-go/trivet/task/limit"
	"github.com/trivet-go/trivet/task/scoped"
)

func main() {
	pool := scoped.Rules{Limit: limit.New(1)}
	_ = pool.Run(context.Background(), func(g *scoped.Group) error {
		g.Go(func(ctx context.Context) error {
			result := 0
			err := pool.Run(ctx, func(g *scoped.Group) error {
				g.Go(func(context.Context) error { result = 1; return nil })
				return nil
			})
			println(result)
			return err
		})
		return nil
	})
}
