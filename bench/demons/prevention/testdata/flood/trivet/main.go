// A queue knows no customers; each would need one of its own.
//
// Verdict: still possible
// Shows: small customer: 0 of 100
package main

import (
	"fmt"

	"github.com/trivet-go/trivet/state/bounded"
)

func main() {
	queue := bounded.New(10, bounded.Rules[string]{})
	served := 0
	for range 100 {
		for queue.TryPut("large") {
		}
		if queue.TryPut("small") {
			served++
		}
		queue.TryTake()
	}
	fmt.Printf("small customer: %d of 100\n", served)
}
