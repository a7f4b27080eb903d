// Three replicas are asked, and the first answer is taken; two cannot send theirs.
//
// Demon: leak
// Shows: left behind: 2
package main

import (
	"fmt"
	"runtime"
	"time"
)

func main() {
	answers := make(chan int)
	for i := range 3 {
		go func() { answers <- i }()
	}
	<-answers
	time.Sleep(20 * time.Millisecond)
	fmt.Println("left behind:", runtime.NumGoroutine()-1)
}
