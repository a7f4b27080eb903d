// A permit is given back twice: the second time waits for ever.
//
// Demon: deadlock
// Shows: all goroutines are asleep
package main

func main() {
	permits := make(chan struct{}, 2)
	permits <- struct{}{}
	<-permits
	<-permits
}
