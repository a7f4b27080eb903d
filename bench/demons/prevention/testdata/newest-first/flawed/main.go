// A stack serves the newest, and the oldest waits while others come.
//
// Demon: starvation
// Shows: oldest served: false
package main

import "fmt"

func main() {
	stack := []int{0}
	oldest := false
	for i := 1; i <= 1000; i++ {
		stack = append(stack, i)
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		oldest = oldest || top == 0
	}
	fmt.Println("oldest served:", oldest)
}
