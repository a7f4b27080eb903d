package limit

import (
	"fmt"
	"sync"
	"time"
)

// Gradient is a policy that finds the size by itself. It compares how long work
// takes with how long it takes when nothing queues: as long as that is alike
// the size grows; when work takes longer, something that it uses has a queue,
// and the size shrinks in proportion.
//
// The rule is that of the Gradient limits of Netflix's concurrency-limits
// (2018), after TCP Vegas (Brakmo, O'Malley and Peterson 1994). How long work
// takes without a queue is measured anew now and then, with half the size, as
// BBR does (Cardwell et al. 2016); an average over the long run, as Gradient2
// has it, gets used to the queue.
//
// The zero value keeps the size between 1 and 1000.
type Gradient struct {
	Min, Max int // of the size; 0 means 1 and 1000

	// Tolerance is how many times longer than without a queue work may take
	// before the size shrinks; 0 means 1.25.
	Tolerance float64

	// Headroom is how many more than fit without a queue are let in, to notice
	// when more would fit; 0 means 4.
	Headroom int
}

const (
	window     = 10  // samples that are averaged, or as many as the size
	firstProbe = 5   // windows; each one after that twice as many later
	probeEvery = 200 // windows, in the long run
	steepest   = 0.5 // the most that one window shrinks the size by
	onFailure  = 0.9 // what a failure leaves of it
)

// gradient is a Gradient at work.
type gradient struct {
	Gradient
	mu    sync.Mutex // held for a few instructions
	limit float64

	samples int // of this window
	sum     time.Duration
	busy    bool // at some time of this window at least half of the size was in use

	base    time.Duration // without a queue; 0 if unknown
	windows int           // to the next probe
	wait    int           // windows between the last probe and the next
	resume  float64       // the size after the probe that is going on; 0 if none is
	settled bool          // the probe has its size for a whole window
}

func newGradient(g Gradient, n int) *gradient {
	if g.Min == 0 {
		g.Min = 1
	}
	if g.Max == 0 {
		g.Max = max(1000, g.Min)
	}
	if g.Tolerance == 0 {
		g.Tolerance = 1.25
	}
	if g.Headroom == 0 {
		g.Headroom = 4
	}
	if g.Min < 1 || g.Max < g.Min || g.Max > maxWeight || g.Tolerance < 1 || g.Headroom < 0 {
		panic(fmt.Sprintf("limit: %+v: it takes 1 <= Min <= Max, a Tolerance of 1 or more, and a Headroom of 0 or more", g))
	}
	return &gradient{Gradient: g, limit: float64(min(max(n, g.Min), g.Max)), windows: firstProbe, wait: firstProbe}
}

func (g *gradient) size() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return int(g.limit)
}

// sample learns from one piece of work, which ended while used was in use, and
// returns the new size.
func (g *gradient) sample(took time.Duration, failed bool, used int) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if failed {
		g.set(g.limit * onFailure)
		return int(g.limit)
	}
	g.samples++
	g.sum += took
	g.busy = g.busy || float64(used) >= g.limit/2
	if g.samples >= max(window, int(g.limit)) {
		g.step(g.sum / time.Duration(g.samples))
		g.samples, g.sum, g.busy = 0, 0, false
	}
	return int(g.limit)
}

// step looks at the mean of a window.
func (g *gradient) step(mean time.Duration) {
	mean = max(mean, 1)
	if g.resume > 0 {
		g.probe(mean)
		return
	}
	if g.base == 0 || mean < g.base {
		g.base = mean
	}
	if !g.busy { // this does not show what more would do
		return
	}
	slope := min(1, max(steepest, g.Tolerance*float64(g.base)/float64(mean)))
	g.set(g.limit*slope + float64(g.Headroom))
	if g.windows--; g.windows == 0 {
		g.wait = min(2*g.wait, probeEvery)
		g.windows, g.resume, g.settled = g.wait, g.limit, false
		g.set(g.limit / 2)
	}
}

// probe measures without a queue. What began before the size was halved is in
// the first window.
func (g *gradient) probe(mean time.Duration) {
	if !g.settled {
		g.settled = true
		return
	}
	g.base = mean
	g.set(g.resume)
	g.resume = 0
}

func (g *gradient) set(limit float64) {
	g.limit = min(max(limit, float64(g.Min)), float64(g.Max))
}

// Done is Release for work that took some time, and may have failed because of
// too much load: Observe, then Release. [Limit.Adapts] says whether the time
// needs to be taken at all.
func (l *Limit) Done(weight int, took time.Duration, overloaded bool) {
	l.Observe(took, overloaded)
	l.Release(weight)
}

// Observe lets a limit with a policy learn from a piece of work that has just
// ended, and whose weight is still in use. It is for those who keep the weight
// for the next piece. Without a policy it does nothing.
func (l *Limit) Observe(took time.Duration, overloaded bool) {
	if l.adapt == nil {
		return
	}
	_, used, _ := unpack(l.word.Load())
	size := l.adapt.sample(took, overloaded, used)
	if now, _, _ := unpack(l.word.Load()); now != size {
		l.Set(size)
	}
}

// Adapts reports whether the limit has a policy that learns from Done and
// Observe.
func (l *Limit) Adapts() bool { return l.adapt != nil }
