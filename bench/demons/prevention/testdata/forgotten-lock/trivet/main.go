// The number has no way in but a use, which locks.
//
// Verdict: does not compile
// Shows: hits\+\+ \(non-numeric type
package main

import (
	"context"

	"github.com/trivet-go/trivet/state/guarded"
	"github.com/trivet-go/trivet/task/scoped"
)

func main() {
	var hits guarded.Value[int]
	_ = scoped.Run(context.Background(), func(g *scoped.Group) error {
		g.Go(func(context.Context) error { hits.Do(func(n *int) { *n++ }); return nil })
		g.Go(func(context.Context) error { hits++; return nil })
		return nil
	})
	println(hits.Load())
}
