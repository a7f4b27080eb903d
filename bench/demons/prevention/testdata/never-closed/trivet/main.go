// A stream ends when its source does.
//
// Verdict: no place for it
// Shows: (?m)^3 <nil>$
package main

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet/flow/pipeline"
)

func main() {
	n := 0
	r := pipeline.FromSlice([]int{0, 1, 2}).Run(context.Background())
	for range r.All() {
		n++
	}
	fmt.Println(n, r.Err())
}
