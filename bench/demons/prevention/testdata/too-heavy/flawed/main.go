// Somebody asks for more than a semaphore has.
//
// Demon: deadlock
// Shows: all goroutines are asleep
package main

func main() {
	memory := make(chan struct{}, 2)
	for range 3 {
		memory <- struct{}{}
	}
}
