// A weight that can never fit is refused.
//
// Verdict: named error
// Shows: limit: more than the whole limit
package main

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet/task/limit"
)

func main() {
	memory := limit.New(2)
	fmt.Println(memory.Acquire(context.Background(), 3))
}
