// The reader of a generator has found what it wanted; the generator still sends.
//
// Demon: leak
// Shows: left behind: 1
package main

import (
	"fmt"
	"runtime"
	"time"
)

func numbers() <-chan int {
	out := make(chan int)
	go func() {
		defer close(out)
		for i := range 100 {
			out <- i
		}
	}()
	return out
}

func main() {
	for n := range numbers() {
		if n == 3 {
			break
		}
	}
	time.Sleep(20 * time.Millisecond)
	fmt.Println("left behind:", runtime.NumGoroutine()-1)
}
