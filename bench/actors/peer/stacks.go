package peer

import "runtime"

// Beside is how many goroutines wait beside the actors in some cases.
const Beside = 2000

// Go begins a goroutine with 2 KiB of stack, or, from a garbage collection on, with as
// much as those that there are have on average. So a library that starts a goroutine
// for each activation, and needs more, is slower in a program of [Shallow] goroutines
// than in one of [Deep] ones. Which of them a user's program is, nobody knows.

// Shallow begins goroutines that wait with next to nothing on their stacks.
func Shallow() { wait(1) }

// Deep begins goroutines that wait deep in calls.
func Deep() { wait(20) }

func wait(calls int) {
	ready := make(chan bool)
	for range Beside {
		go descend(calls, ready)
		<-ready
	}
	runtime.GC()
}

//go:noinline
func descend(calls int, ready chan bool) byte {
	var frame [128]byte
	frame[calls] = 1
	if calls > 0 {
		return descend(calls-1, ready) + frame[calls]
	}
	ready <- true
	select {} // for as long as the process lives
}
