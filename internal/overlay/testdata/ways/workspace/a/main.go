// Command a uses another module of its workspace.
package main

import (
	"fmt"

	"example.com/b"
)

func main() {
	c := b.Filled(3)
	fmt.Printf("channel %p M=1 S=3\n", c)
}
