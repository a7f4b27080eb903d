// Results come to the one loop that asked for them, which may append.
//
// Verdict: no place for it
// Shows: (?m)^10$
package main

import (
	"context"
	"slices"

	"github.com/trivet-go/trivet/task/scoped"
)

func main() {
	var squares []int
	items := slices.Values([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	square := func(_ context.Context, i int) (int, error) { return i * i, nil }
	for s := range scoped.Map(context.Background(), items, square, 4) {
		squares = append(squares, s)
	}
	println(len(squares))
}
