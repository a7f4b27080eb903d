// The pointer is only lent, but nothing keeps a use from storing it.
//
// Verdict: still possible
// Shows: DATA RACE
package main

import (
	"context"

	"github.com/trivet-go/trivet/state/guarded"
	"github.com/trivet-go/trivet/task/scoped"
)

func main() {
	cents := guarded.Of(0)
	_ = scoped.Run(context.Background(), func(g *scoped.Group) error {
		for range 2 {
			g.Go(func(context.Context) error {
				var kept *int
				cents.Do(func(c *int) { kept = c })
				*kept++
				return nil
			})
		}
		return nil
	})
}
