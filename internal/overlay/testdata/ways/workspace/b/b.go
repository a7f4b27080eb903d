// Package b is found through go.work.
package b

// Filled is a channel that holds n values.
func Filled(n int) chan int {
	c := make(chan int, n)
	for range n {
		c <- 1
	}
	return c
}
