// Do2 locks in one order everywhere, whatever the order of its arguments.
//
// Verdict: no place for it
// Shows: (?m)^0 0$
package main

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet/state/guarded"
	"github.com/trivet-go/trivet/task/scoped"
)

func main() {
	transfer := func(from, to *guarded.Value[int]) error {
		for range 1000 {
			guarded.Do2(from, to, func(f, t *int) { *f--; *t++ })
		}
		return nil
	}
	var a, b guarded.Value[int]
	_ = scoped.Run(context.Background(), func(g *scoped.Group) error {
		g.Go(func(context.Context) error { return transfer(&a, &b) })
		g.Go(func(context.Context) error { return transfer(&b, &a) })
		return nil
	})
	fmt.Println(a.Load(), b.Load())
}
