// Load says that its result is frozen, but Go has no way to freeze it.
//
// Verdict: still possible
// Shows: DATA RACE
package main

import (
	"context"

	"github.com/trivet-go/trivet/state/lockfree"
	"github.com/trivet-go/trivet/task/scoped"
)

type config struct{ level string }

func main() {
	current := lockfree.SnapshotOf(config{level: "info"})
	_ = scoped.Run(context.Background(), func(g *scoped.Group) error {
		g.Go(func(context.Context) error { current.Load().level = "debug"; return nil })
		g.Go(func(context.Context) error { _ = current.Load().level; return nil })
		return nil
	})
}
