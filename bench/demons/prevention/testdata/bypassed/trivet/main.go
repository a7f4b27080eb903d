// Who waits at a limit is not overtaken, however light the others are.
//
// Verdict: no place for it
// Shows: heavy after 0 light
package main

import (
	"context"
	"fmt"
	"runtime"

	"github.com/trivet-go/trivet/task/limit"
	"github.com/trivet-go/trivet/task/scoped"
)

func main() {
	ctx := context.Background()
	s := limit.New(2)
	_ = s.Acquire(ctx, 1)
	light := 0
	_ = scoped.Run(ctx, func(g *scoped.Group) error {
		g.Go(func(ctx context.Context) error { return s.Acquire(ctx, 2) })
		for !s.Contended() {
			runtime.Gosched()
		}
		for range 1000 {
			if s.TryAcquire(1) {
				light++
			}
		}
		s.Release(1)
		return nil
	})
	fmt.Println("heavy after", light, "light")
}
