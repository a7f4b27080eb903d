package calibrate

import (
	"runtime"
	"sync"
	"time"
)

// HandOver measures what it costs to hand work to another goroutine on the same
// core: starting and ending one that does nothing, and sending a value to one
// that waits for it. It takes some hundredths of a second, GOMAXPROCS is one
// meanwhile.
func HandOver() (start, message time.Duration) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const rounds = 200
	var starts, messages []time.Duration
	for begin := time.Now(); time.Since(begin) < limit/2; {
		starts = append(starts, startAndEnd(rounds)/rounds)
		messages = append(messages, pingPong(rounds)/(2*rounds))
	}
	return max(1, low(starts)), max(1, low(messages))
}

func startAndEnd(rounds int) time.Duration {
	var wg sync.WaitGroup
	begin := time.Now()
	for range rounds {
		wg.Go(func() {})
	}
	wg.Wait()
	return time.Since(begin)
}
