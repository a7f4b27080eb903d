// A put after Close is an error, which says what happened.
//
// Verdict: named error
// Shows: bounded: the queue is closed
package main

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet/state/bounded"
	"github.com/trivet-go/trivet/task/scoped"
)

func main() {
	jobs := bounded.New(4, bounded.Rules[int]{})
	closed := make(chan struct{})
	err := scoped.Run(context.Background(), func(g *scoped.Group) error {
		g.Go(func(context.Context) error {
			jobs.Close()
			close(closed)
			return nil
		})
		g.Go(func(ctx context.Context) error {
			<-closed // the worst moment
			return jobs.Put(ctx, 1)
		})
		return nil
	})
	fmt.Println(err)
}
