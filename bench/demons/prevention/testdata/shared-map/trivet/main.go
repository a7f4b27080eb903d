// A map in a Value cannot be indexed without a use.
//
// Verdict: does not compile
// Shows: cannot index seen
package main

import (
	"context"

	"github.com/trivet-go/trivet/state/guarded"
	"github.com/trivet-go/trivet/task/scoped"
)

func main() {
	seen := guarded.Of(map[string]int{})
	_ = scoped.Run(context.Background(), func(g *scoped.Group) error {
		for range 2 {
			g.Go(func(context.Context) error { seen["/"]++; return nil })
		}
		return nil
	})
}
