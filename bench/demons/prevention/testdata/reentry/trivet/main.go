// Without Debug the use waits for itself; with it a ReentryError names both.
// Since Debug is off by default this does not count as an error.
//
// Verdict: still possible
// Shows: (?s)with Debug: guarded: .*all goroutines are asleep
package main

import (
	"errors"
	"fmt"

	"github.com/trivet-go/trivet/state/guarded"
)

type cache struct{ items guarded.Value[map[string]int] }

func (c *cache) size() (n int) {
	c.items.Do(func(m *map[string]int) { n = len(*m) })
	return n
}

func (c *cache) put(key string) {
	c.items.Do(func(m *map[string]int) {
		if c.size() < 10 {
			(*m)[key]++
		}
	})
}

func main() {
	guarded.Debug.Store(true)
	func() {
		defer func() {
			var reentry *guarded.ReentryError
			if err, ok := recover().(error); ok && errors.As(err, &reentry) {
				fmt.Println("with Debug:", reentry)
			}
		}()
		new(cache).put("a")
	}()
	guarded.Debug.Store(false)
	new(cache).put("a")
}
