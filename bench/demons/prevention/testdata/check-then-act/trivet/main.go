// Load and Do are two uses, as Lock and Lock are two locks.
//
// Verdict: still possible
// Shows: balance -
package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/trivet-go/trivet/state/guarded"
	"github.com/trivet-go/trivet/task/scoped"
)

func main() {
	var checked sync.WaitGroup
	balance := guarded.Of(100)
	checked.Add(2)
	_ = scoped.Run(context.Background(), func(g *scoped.Group) error {
		for range 2 {
			g.Go(func(context.Context) error {
				enough := balance.Load() >= 70
				checked.Done()
				checked.Wait() // the worst moment
				if enough {
					balance.Do(func(b *int) { *b -= 70 })
				}
				return nil
			})
		}
		return nil
	})
	fmt.Println("balance", balance.Load())
}
