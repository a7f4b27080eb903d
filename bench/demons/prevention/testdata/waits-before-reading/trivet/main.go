// To wait for results and to read them are one loop.
//
// Verdict: no place for it
// Shows: (?m)^14 <nil>$
package main

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet/flow/pipeline"
)

func main() {
	sum := 0
	square := func(_ context.Context, i int) (int, error) { return i * i, nil }
	r := pipeline.Through(pipeline.FromSlice([]int{0, 1, 2, 3}), pipeline.Stage{Workers: 4}, square).Run(context.Background())
	for s := range r.All() {
		sum += s
	}
	fmt.Println(sum, r.Err())
}
