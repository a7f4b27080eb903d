// Two workers each find that the job is rather the other one's.
//
// Demon: livelock
// Shows: handed over 1000 times
package main

import (
	"fmt"
	"os"
)

func main() {
	a, b := make(chan int), make(chan int)
	pass := func(in <-chan int, out chan<- int) {
		for hops := range in {
			if hops == 1000 {
				fmt.Println("handed over", hops, "times")
				os.Exit(1)
			}
			out <- hops + 1
		}
	}
	go pass(a, b)
	a <- 0
	pass(b, a)
}
