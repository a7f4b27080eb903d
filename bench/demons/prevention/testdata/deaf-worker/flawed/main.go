// A worker ticks for ever, and nobody can tell it to stop.
//
// Demon: leak
// Shows: left behind: 1
package main

import (
	"fmt"
	"runtime"
	"time"
)

func watch() {
	go func() {
		for range time.Tick(time.Millisecond) {
		}
	}()
}

func main() {
	watch()
	time.Sleep(10 * time.Millisecond)
	fmt.Println("left behind:", runtime.NumGoroutine()-1)
}
