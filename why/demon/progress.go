package demon

import (
	"sync/atomic"
	"time"
)

// A Counter counts what a program gets done, and if it likes, what it tries.
// When it is run by trivet demons, a counter that stands still while goroutines
// are busy is a livelock. Otherwise it only counts, and can be left in; [Watch]
// looks at it in tests of your own.
type Counter struct {
	name        string
	done, tries atomic.Int64

	// Since the last Add: when that was, and how many tries there were before.
	moved  atomic.Int64 // nanoseconds since begun
	before atomic.Int64
	begun  time.Time

	worst atomic.Pointer[standstill]
}

// standstill is how long a counter stood still, and how much was tried in vain.
type standstill struct {
	tries int64
	time  time.Duration
}

// A counter stands still when so much was tried in vain for so long. Retries
// that are merely unlucky succeed a few times in a hundred.
const (
	vainTries = 100
	vainTime  = 400 * time.Millisecond
)

// Progress makes a counter. Call it where the work begins: from then on it is
// expected to move.
//
//	moves := demon.Progress("moves")
//	for !done {
//		moves.Try()
//		if tryMove() {
//			moves.Add(1)
//		}
//	}
func Progress(name string) *Counter {
	told(name, began, 0)
	return &Counter{name: name, begun: time.Now()}
}

// Add says that n more are done.
func (c *Counter) Add(n int) {
	c.done.Add(int64(n))
	c.moved.Store(int64(time.Since(c.begun)))
	c.before.Store(c.tries.Load())
	told(c.name, done, n)
}

// Try says that one was tried.
func (c *Counter) Try() {
	if vain := c.tries.Add(1) - c.before.Load(); vain >= vainTries {
		c.still(vain)
	}
	told(c.name, tried, 1)
}

// still keeps the longest standstill.
func (c *Counter) still(vain int64) {
	now := standstill{vain, time.Since(c.begun) - time.Duration(c.moved.Load())}
	if now.time < vainTime {
		return
	}
	for old := c.worst.Load(); old == nil || old.time < now.time; old = c.worst.Load() {
		if c.worst.CompareAndSwap(old, &now) {
			return
		}
	}
}

// Done is how many were done.
func (c *Counter) Done() int64 { return c.done.Load() }

// Tries is how often it was tried.
func (c *Counter) Tries() int64 { return c.tries.Load() }

// Peers runs wait, which is to return when it is key's turn: when a lock was
// taken, a place was given, a request was served. Turns with the same name are
// peers, and ought to wait equally long; trivet demons tells when one of them
// starves. It returns how long the turn took to come.
//
//	demon.Peers("tenants", tenant.Name, func() { slots <- struct{}{} })
func Peers(name, key string, wait func()) time.Duration {
	began := time.Now()
	told(name+"\x00"+key, waits, 0)
	wait()
	told(name+"\x00"+key, served, 0)
	return time.Since(began)
}

// What is told to the runtime of an instrumented build, as package hunt reads
// it.
const (
	began  = iota // a counter
	done          // so many
	tried         // once
	waits         // a peer begins to wait
	served        // and has its turn
)
