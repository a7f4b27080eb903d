// Who needs both asks for both, and there is nothing to give back.
//
// Verdict: no place for it
// Shows: done 2 of 2
package main

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet/state/guarded"
	"github.com/trivet-go/trivet/task/scoped"
)

func main() {
	var a, b guarded.Value[int]
	var done guarded.Value[int]
	_ = scoped.Run(context.Background(), func(g *scoped.Group) error {
		both := func(first, second *guarded.Value[int]) {
			g.Go(func(context.Context) error {
				guarded.Do2(first, second, func(x, y *int) { *x++; *y++ })
				done.Do(func(n *int) { *n++ })
				return nil
			})
		}
		both(&a, &b)
		both(&b, &a)
		return nil
	})
	fmt.Printf("done %d of 2\n", done.Load())
}
