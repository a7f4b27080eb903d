// The caller stops waiting, and the worker can never send its result.
//
// Demon: leak
// Shows: left behind: 1
package main

import (
	"fmt"
	"runtime"
	"time"
)

func main() {
	result := make(chan int)
	go func() {
		time.Sleep(10 * time.Millisecond)
		result <- 1
	}()
	select {
	case <-result:
	case <-time.After(time.Millisecond):
	}
	time.Sleep(50 * time.Millisecond)
	fmt.Println("left behind:", runtime.NumGoroutine()-1)
}
