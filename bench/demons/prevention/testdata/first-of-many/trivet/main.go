// A quorum of one cancels the others, and waits for them.
//
// Verdict: no place for it
// Shows: left behind: 0
package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/trivet-go/trivet/flow/scatter"
)

func main() {
	ask := func(_ context.Context, n int) (int, error) { return n, nil }
	first := scatter.Gather(scatter.Rules{Quorum: 1}, func(r scatter.Replies[int]) (int, error) {
		for _, v := range r.Good() {
			return v, nil
		}
		return 0, r.Err()
	}, scatter.Shards(ask, ask, ask)...)
	_, _ = first(context.Background(), 1)
	time.Sleep(20 * time.Millisecond)
	fmt.Println("left behind:", runtime.NumGoroutine()-1)
}
