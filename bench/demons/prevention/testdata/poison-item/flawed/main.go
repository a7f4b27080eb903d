// An item that can never succeed goes back into the queue for ever.
//
// Demon: livelock
// Shows: tried 1000 times in vain
package main

import (
	"errors"
	"fmt"
	"os"
)

func work(string) error { return errors.New("cannot be parsed") }

func main() {
	queue := make(chan string, 1)
	queue <- "poison"
	tries := 0
	for item := range queue {
		if err := work(item); err != nil {
			queue <- item
		}
		if tries++; tries == 1000 {
			fmt.Println("tried", tries, "times in vain")
			os.Exit(1)
		}
	}
}
