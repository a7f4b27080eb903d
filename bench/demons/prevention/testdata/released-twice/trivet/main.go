// Giving back what nobody has is a panic that says so.
//
// Verdict: named error
// Shows: limit: 1 released, and only 0 in use
package main

import (
	"context"

	"github.com/trivet-go/trivet/task/limit"
)

func main() {
	permits := limit.New(2)
	_ = permits.Acquire(context.Background(), 1)
	permits.Release(1)
	permits.Release(1)
}
