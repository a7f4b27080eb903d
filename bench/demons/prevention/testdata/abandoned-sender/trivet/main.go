// A future keeps its result, whoever waits; the group sees to its end.
//
// Verdict: no place for it
// Shows: left behind: 0
package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/trivet-go/trivet/state/async"
	"github.com/trivet-go/trivet/task/scoped"
)

func main() {
	_ = scoped.Run(context.Background(), func(g *scoped.Group) error {
		g.Go(func(ctx context.Context) error {
			result := async.Go(ctx, func(context.Context, int) (int, error) {
				time.Sleep(10 * time.Millisecond)
				return 1, nil
			}, 0)
			impatient, cancel := context.WithTimeout(ctx, time.Millisecond)
			defer cancel()
			_, _ = result.Await(impatient)
			return nil
		})
		return nil
	})
	for range 100 {
		runtime.Gosched() // a goroutine that has ended may not have left yet
	}
	fmt.Println("left behind:", runtime.NumGoroutine()-1)
}
