// A use inside of a use of another value is not ordered by anybody.
//
// Verdict: still possible
// Shows: all goroutines are asleep
package main

import (
	"sync"

	"github.com/trivet-go/trivet/state/guarded"
)

func main() {
	var wg, first sync.WaitGroup
	var parent, child guarded.Value[int]
	first.Add(2)
	both := func(outer, inner *guarded.Value[int]) {
		outer.Do(func(*int) {
			first.Done()
			first.Wait() // the worst moment
			inner.Do(func(*int) {})
		})
	}
	wg.Go(func() { both(&parent, &child) })
	wg.Go(func() { both(&child, &parent) })
	wg.Wait()
}
