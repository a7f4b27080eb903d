// A Cell gives up after some tries, and says why.
//
// Verdict: named error
// Shows: lockfree: others changed the value
package main

import (
	"fmt"

	"github.com/trivet-go/trivet/state/lockfree"
)

func main() {
	n := lockfree.CellOf(0)
	_, err := n.Update(func(v int) int {
		_, _ = n.Update(func(v int) int { return v + 1 }) // somebody else, each time
		return v + 10
	})
	fmt.Println(err)
}
