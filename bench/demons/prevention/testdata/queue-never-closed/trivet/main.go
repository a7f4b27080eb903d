// A queue does not know either who will put no more.
//
// Verdict: still possible
// Shows: all goroutines are asleep
package main

import (
	"context"

	"github.com/trivet-go/trivet/state/bounded"
)

func main() {
	items := bounded.New(1, bounded.Rules[int]{})
	items.TryPut(1)
	for i := range items.All(context.Background()) {
		println(i)
	}
}
