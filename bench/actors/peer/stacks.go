package peer

import "runtime"

const DeepStacks = 2000

// DeepGoroutines begins goroutines that wait deep in calls. At each garbage
// collection Go looks how large stacks are on average, and begins goroutines with
// that much from then on; so a library that starts one for each activation need
// not let it grow. What that is worth depends on the program around it.
func DeepGoroutines() (end func()) {
	ready, until := make(chan bool), make(chan bool)
	for range DeepStacks {
		go descend(20, ready, until)
		<-ready
	}
	runtime.GC()
	return func() { close(until) }
}

//go:noinline
func descend(calls int, ready, until chan bool) byte {
	var frame [128]byte
	frame[calls] = 1
	if calls > 0 {
		return descend(calls-1, ready, until) + frame[calls]
	}
	ready <- true
	<-until
	return 0
}
