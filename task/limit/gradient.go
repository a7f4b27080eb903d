package limit

import (
	"math"
	"sync"
	"time"
)

// Gradient is a policy that finds the size by itself. It compares how long
// work takes now with how long it takes in the long run: as long as that is
// alike there is no queue in what the work uses, and the size grows; when work
// takes longer, the size shrinks in proportion. It follows Gradient2 of
// Netflix's concurrency-limits (2018), whose idea is that of TCP Vegas (Brakmo,
// O'Malley and Peterson 1994).
//
// The zero value keeps the size between 1 and 1000.
type Gradient struct {
	Min, Max int // of the size; 0 means 1 and 1000

	// Tolerance is how many times longer than in the long run work may take
	// before the size shrinks; 0 means 1.5.
	Tolerance float64

	// Headroom is how many more than fit without a queue are let in, to notice
	// when more would fit; 0 means 4.
	Headroom int
}

// Constants of the policy.
const (
	longRun   = 600  // samples that the long run remembers, roughly
	smoothing = 0.2  // the part of a change that is made at once
	steepest  = 0.5  // the most that one step shrinks the size by
	onFailure = 0.9  // what a failure leaves of it
	catchUp   = 0.95 // how the long run forgets a slow time that is over
)

// gradient is a Gradient at work.
type gradient struct {
	Gradient
	mu    sync.Mutex // held for a few instructions
	limit float64
	long  float64 // seconds, in the long run
	seen  int
}

func newGradient(g Gradient, n int) *gradient {
	if g.Min == 0 {
		g.Min = 1
	}
	if g.Max == 0 {
		g.Max = max(1000, g.Min)
	}
	if g.Tolerance == 0 {
		g.Tolerance = 1.5
	}
	if g.Headroom == 0 {
		g.Headroom = 4
	}
	if g.Min < 1 || g.Max < g.Min || g.Max > maxWeight || g.Tolerance < 1 || g.Headroom < 0 {
		panic("limit: a Gradient needs 1 <= Min <= Max, a Tolerance of 1 or more, and a Headroom that is not negative")
	}
	return &gradient{Gradient: g, limit: float64(min(max(n, g.Min), g.Max))}
}

func (g *gradient) size() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return int(g.limit)
}

// sample learns from one piece of work that ended while used was in use, and
// returns the new size.
func (g *gradient) sample(took time.Duration, failed bool, used int) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	next := g.limit
	switch short := took.Seconds(); {
	case failed:
		next *= onFailure
	case short <= 0:
	default:
		g.learn(short)
		if float64(used) < g.limit/2 { // the work does not show what more would do
			break
		}
		slope := min(1, max(steepest, g.Tolerance*g.long/short))
		next = g.limit*(1-smoothing) + (g.limit*slope+float64(g.Headroom))*smoothing
	}
	g.limit = min(max(next, float64(g.Min)), float64(g.Max))
	return int(math.Floor(g.limit))
}

// learn moves the long run towards one more sample: at first it is the mean of
// all, later an exponential average.
func (g *gradient) learn(short float64) {
	g.seen = min(g.seen+1, longRun)
	g.long += (short - g.long) / float64(g.seen)
	if g.long > 2*short {
		g.long *= catchUp
	}
}

// Done is Release for work that took some time, and may have failed because of
// too much load. It lets a limit with a policy adapt; without one it is
// Release. [Limit.Adapts] says whether the time needs to be taken at all.
func (l *Limit) Done(weight int, took time.Duration, overloaded bool) {
	if l.adapt != nil {
		_, used, _ := unpack(l.word.Load())
		size := l.adapt.sample(took, overloaded, used)
		if now, _, _ := unpack(l.word.Load()); now != size {
			l.Set(size)
		}
	}
	l.Release(weight)
}

// Adapts reports whether the limit has a policy that learns from Done.
func (l *Limit) Adapts() bool { return l.adapt != nil }
