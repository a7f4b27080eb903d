// The pointer to a Snapshot's value can only be had by Load, and replaced by Store.
//
// Verdict: no place for it
// Shows: (?m)^debug$
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
		g.Go(func(context.Context) error { current.Store(config{level: "debug"}); return nil })
		g.Go(func(context.Context) error { _ = current.Load().level; return nil })
		return nil
	})
	println(current.Load().level)
}
