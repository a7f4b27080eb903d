// When the loop over the results ends, so has all that it started.
//
// Verdict: no place for it
// Shows: left behind: 0
package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/trivet-go/trivet/flow/pipeline"
)

func numbers() pipeline.Stream[int] {
	return pipeline.Generate("numbers", func(_ context.Context, yield func(int) bool) error {
		for i := range 100 {
			if !yield(i) {
				break
			}
		}
		return nil
	})
}

func main() {
	for n := range numbers().Run(context.Background()).All() {
		if n == 3 {
			break
		}
	}
	time.Sleep(20 * time.Millisecond)
	fmt.Println("left behind:", runtime.NumGoroutine()-1)
}
