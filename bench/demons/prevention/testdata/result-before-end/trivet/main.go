// A result that may not be there yet is a Future, and not a number.
//
// Verdict: does not compile
// Shows: mismatched types|cannot convert
package main

import (
	"context"

	"github.com/trivet-go/trivet/state/async"
)

func main() {
	sum := async.Go(context.Background(), func(_ context.Context, n int) (int, error) {
		sum := 0
		for i := range n {
			sum += i
		}
		return sum, nil
	}, 100)
	println(sum + 1)
}
