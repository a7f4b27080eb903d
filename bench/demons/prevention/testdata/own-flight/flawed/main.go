// A shared load needs the same key again.
//
// Demon: deadlock
// Shows: all goroutines are asleep
package main

import "golang.org/x/sync/singleflight"

func main() {
	var loads singleflight.Group
	var load func() (any, error)
	depth := 0
	load = func() (any, error) {
		if depth++; depth > 1 {
			return depth, nil
		}
		v, err, _ := loads.Do("key", load)
		return v, err
	}
	_, _, _ = loads.Do("key", load)
}
