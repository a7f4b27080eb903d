// Close may be called by anybody, and more than once.
//
// Verdict: no place for it
// Shows: (?m)^closed$
package main

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet/state/bounded"
	"github.com/trivet-go/trivet/task/scoped"
)

func main() {
	jobs := bounded.New(1, bounded.Rules[int]{})
	_ = scoped.Run(context.Background(), func(g *scoped.Group) error {
		for range 2 {
			g.Go(func(context.Context) error { jobs.Close(); return nil })
		}
		return nil
	})
	fmt.Println("closed")
}
