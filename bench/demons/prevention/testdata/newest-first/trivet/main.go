// A queue gives out in the order in which it was given.
//
// Verdict: no place for it
// Shows: oldest served: true
package main

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet/state/bounded"
)

func main() {
	ctx := context.Background()
	queue := bounded.New(10, bounded.Rules[int]{})
	_ = queue.Put(ctx, 0)
	oldest := false
	for i := 1; i <= 1000; i++ {
		_ = queue.Put(ctx, i)
		v, _ := queue.Take(ctx)
		oldest = oldest || v == 0
	}
	fmt.Println("oldest served:", oldest)
}
