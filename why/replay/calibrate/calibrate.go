// Package calibrate measures what scheduling costs on this machine, for a
// replay of a program that is to run on it, or on one like it.
//
// The defaults of replay.Costs fit hardware of its own. A virtual machine that
// halts its idle cores may need twenty times as long to wake one, and takes
// that time from the core which calls. For programs whose goroutines hand over
// every few microseconds this is the difference between faster and slower.
package calibrate

import (
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/trivet-go/trivet/why/replay"
)

// limit is how long each of the two measurements may take.
const limit = 50 * time.Millisecond

// Costs measures for about a tenth of a second. Nothing else in the process
// should run meanwhile; GOMAXPROCS is one for half of the time. With only one
// core, Wake and Call stay zero, which is the default. What cannot be measured
// from outside, Steal, Spin and Linger, stays zero too. On a busy machine Wake contains
// the wait for a core: measure again when the load is gone.
func Costs() replay.Costs {
	c := replay.Costs{Switch: switching(limit)}
	if runtime.GOMAXPROCS(0) > 1 && runtime.NumCPU() > 1 {
		c.Wake, c.Call = waking(c.Switch, limit)
	}
	return c
}

// switching is the time of a hand-over from one goroutine to the other on the
// same core, without that of the channel operation that causes it.
// The process may lose the core for longer than the limit: it measures once at
// least.
func switching(limit time.Duration) time.Duration {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const rounds = 200
	var samples []time.Duration
	for begin := time.Now(); len(samples) == 0 || time.Since(begin) < limit; {
		d := pingPong(rounds) - channelOps(rounds)
		samples = append(samples, d/(2*rounds))
	}
	return max(1, low(samples))
}

// pingPong takes two hand-overs and two values each round.
func pingPong(rounds int) time.Duration {
	ping, pong := make(chan int), make(chan int)
	go func() {
		for v := range ping {
			pong <- v
		}
		close(pong)
	}()
	begin := time.Now()
	for range rounds {
		ping <- 0
		<-pong
	}
	d := time.Since(begin)
	close(ping)
	<-pong
	return d
}

// channelOps passes two values each round, without a hand-over.
func channelOps(rounds int) time.Duration {
	c := make(chan int, 1)
	begin := time.Now()
	for range 2 * rounds {
		c <- 0
		<-c
	}
	return time.Since(begin)
}

// waking measures how long a goroutine takes to run on a core that has been
// idle for a while, and how long the one that makes it ready is held up. It
// measures once at least.
func waking(switching, limit time.Duration) (wake, call time.Duration) {
	const idle = 100 * time.Microsecond
	var arrived atomic.Int64
	zero := time.Now()
	c := make(chan int, 1)
	over := make(chan bool)
	go func() {
		for range c {
			arrived.Store(int64(time.Since(zero)))
		}
		close(over)
	}()
	var wakes, calls []time.Duration
	for len(wakes) == 0 || time.Since(zero) < limit {
		spin(func(spun time.Duration) bool { return spun > idle })
		arrived.Store(0)
		sent := time.Since(zero)
		c <- 0
		calls = append(calls, time.Since(zero)-sent)
		spin(func(time.Duration) bool { return arrived.Load() != 0 })
		wakes = append(wakes, time.Duration(arrived.Load())-sent)
	}
	close(c)
	<-over
	wake = low(wakes) - replay.DefaultSteal - switching
	return max(1, wake), max(1, low(calls)-switching)
}

// spin keeps the core busy until over says so.
func spin(over func(spun time.Duration) bool) {
	for begin := time.Now(); !over(time.Since(begin)); {
	}
}

// low is the lowest tenth: what disturbs a measurement only adds to it.
func low(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/10]
}
