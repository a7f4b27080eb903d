// A compare-and-swap is tried again for as long as others are faster.
//
// Demon: livelock
// Shows: tried 100000 times in vain
package main

import (
	"fmt"
	"os"
	"sync/atomic"
)

func main() {
	var n atomic.Int64
	for tries := 1; ; tries++ {
		old := n.Load()
		n.Add(1) // somebody else, each time
		if n.CompareAndSwap(old, old+10) {
			return
		}
		if tries == 100_000 {
			fmt.Println("tried", tries, "times in vain")
			os.Exit(1)
		}
	}
}
