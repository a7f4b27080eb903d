// A run that would wait for itself is told so.
//
// Verdict: named error
// Shows: async: Do was called from the run of the same key
package main

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet/state/async"
)

func main() {
	var loads async.Shared[string, int]
	var load func(context.Context, string) (int, error)
	load = func(ctx context.Context, key string) (int, error) {
		v, _, err := loads.Do(ctx, key, load)
		return v, err
	}
	_, _, err := loads.Do(context.Background(), "key", load)
	fmt.Println(err)
}
