// Command vendored uses a vendored generic type, in a file that a tag selects.
package main

import (
	"fmt"

	"example.com/dep"
)

func main() {
	g := new(dep.Guarded[int])
	for range times {
		g.Do(func(n *int) { *n++ })
	}
	fmt.Printf("guarded %p L=%d U=%d\n", &g.Mu, times, times)
}
