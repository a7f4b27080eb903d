// A queue between two parts of a program is never closed.
//
// Demon: deadlock
// Shows: all goroutines are asleep
package main

func main() {
	items := make(chan int, 1)
	items <- 1
	for i := range items {
		println(i)
	}
}
