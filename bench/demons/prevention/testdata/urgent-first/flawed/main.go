// As long as there is something urgent, nothing else is read.
//
// Demon: starvation
// Shows: ordinary: 0
package main

import "fmt"

func main() {
	urgent, ordinary := make(chan int, 1), make(chan int, 1)
	urgent <- 0
	ordinary <- 0
	served := 0
	for range 1000 {
		select {
		case <-urgent:
			urgent <- 0 // more of it comes
			continue
		default:
		}
		select {
		case <-urgent:
		case <-ordinary:
			served++
		}
	}
	fmt.Println("ordinary:", served)
}
