// The result is read while it is still being computed.
//
// Demon: race
// Shows: DATA RACE
package main

import "time"

func main() {
	var sum int
	go func() {
		for i := range 100 {
			sum += i
		}
	}()
	println(sum)
	time.Sleep(10 * time.Millisecond)
}
