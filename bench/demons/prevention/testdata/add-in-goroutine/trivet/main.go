// A group counts by itself: there is no Add to be called too late.
//
// Verdict: no place for it
// Shows: (?m)^42$
package main

import (
	"context"
	"time"

	"github.com/trivet-go/trivet/task/scoped"
)

func main() {
	sum := 0
	_ = scoped.Run(context.Background(), func(g *scoped.Group) error {
		g.Go(func(context.Context) error {
			time.Sleep(time.Millisecond)
			sum = 42
			return nil
		})
		return nil
	})
	println(sum)
}
