// One customer fills the queue that all share, and another one finds no room.
//
// Demon: starvation
// Shows: small customer: 0 of 100
package main

import "fmt"

func main() {
	queue := make(chan string, 10)
	put := func(who string) bool {
		select {
		case queue <- who:
			return true
		default:
			return false
		}
	}
	served := 0
	for range 100 {
		for put("large") {
		}
		if put("small") {
			served++
		}
		<-queue
	}
	fmt.Printf("small customer: %d of 100\n", served)
}
