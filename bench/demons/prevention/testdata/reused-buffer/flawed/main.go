// The sender fills the same buffer again that the receiver still reads.
//
// Demon: race
// Shows: DATA RACE|corrupted
package main

import "sync"

func main() {
	var wg sync.WaitGroup
	packets := make(chan []byte, 8)
	wg.Go(func() {
		buf := make([]byte, 4)
		for i := range byte(8) {
			buf[0] = i
			packets <- buf
		}
		close(packets)
	})
	wg.Go(func() {
		sum := 0
		for p := range packets {
			sum += int(p[0])
		}
		if sum != 28 {
			println("corrupted:", sum, "instead of 28")
		}
	})
	wg.Wait()
}
