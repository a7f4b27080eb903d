package stealing

import (
	"context"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/trivet-go/trivet/internal/park"
)

const (
	// rounds is how often a worker looks at all others before it stops
	// searching: some twenty microseconds, which is about what it takes to wake
	// it again. It is not a time because that stands still in a synctest bubble.
	rounds = 200

	// quick is how many of them do not yield: one who forks answers at once.
	quick = 20

	// A thief has an account. What its tasks take is income; a theft costs
	// both sides a microsecond, and a search in vain what the search takes.
	// When nothing is left, because the forks of this run are too small or
	// whoever could answer is not running, it naps before it asks again, for
	// twice as long as the time before. So a run of tiny forks is not slowed
	// down by its helpers, and one with a few large ones among many is shared.
	price    = time.Microsecond
	inVain   = 20 * price
	credit   = 20 * price // in the beginning
	pocket   = 5 * price  // after a nap
	savings  = 200 * price
	shortNap = 50 * time.Microsecond
	maxNaps  = 5 // the longest nap is shortNap<<(maxNaps-1), 0.8 ms
)

func newWorker(t *team, seed uint32) *worker {
	return &worker{team: t, seed: seed, spot: park.NewSpot(), account: credit}
}

// work is what a helper does: it runs tasks until the run is over.
func (w *worker) work(context.Context) error {
	for j := w.find(); j != nil; j = w.find() {
		w.counts.steals.Add(1)
		w.pay(w.execute(j))
	}
	w.team.release()
	return nil
}

// pay enters a theft into the account.
func (w *worker) pay(took time.Duration) {
	w.account = min(w.account+took-price, savings)
	if w.account > credit {
		w.naps = 0
	}
}

// find returns a task, or nil if the run is over.
func (w *worker) find() job {
	for t := w.team; !t.over.Load(); w.park() {
		if t.crowded() {
			continue
		}
		if j := w.look(false); j != nil {
			return j
		}
		if w.account < 0 {
			w.nap(shortNap << w.naps)
			w.naps = min(w.naps+1, maxNaps-1)
			w.account = pocket
		}
		if j := w.search(); j != nil {
			return j
		}
		w.account -= inVain
	}
	return nil
}

// crowded reports whether there are more active workers than slots.
func (t *team) crowded() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.resize()
	return t.active > t.limit
}

// search looks for a task, and asks for one.
func (w *worker) search() job {
	for round := range rounds {
		if j := w.look(true); j != nil {
			return j
		}
		if w.team.over.Load() {
			return nil
		}
		if round > quick {
			runtime.Gosched()
		}
	}
	return nil
}

// look goes once over all others, beginning anywhere, and takes the first task
// that somebody offers.
func (w *worker) look(ask bool) job {
	workers := *w.team.workers.Load()
	w.seed = w.seed*1664525 + 1013904223 // Numerical Recipes' generator
	from := int(w.seed>>16) % len(workers)
	for i := range workers {
		victim := workers[(from+i)%len(workers)]
		if victim == w {
			continue
		}
		if j := victim.shelf.take(w, nil); j != nil {
			return j
		}
		if ask {
			victim.wantedNow()
		}
	}
	return nil
}

func (w *worker) wantedNow() {
	if atomic.LoadUint32(&w.wanted) == 0 {
		w.wantedAt(w.team.now())
	}
}

// park gives the slot up and waits until somebody has work for it.
//
// First the slot is free, then w looks once more, then it asks. Whoever offers
// a task looks for free slots after that. See DESIGN.md.
func (w *worker) park() {
	t := w.team
	t.mu.Lock()
	if t.over.Load() {
		t.mu.Unlock()
		return
	}
	t.active--
	t.parked = append(t.parked, w)
	t.count()
	t.mu.Unlock()
	if t.hungry.Load() > 0 { // not if it was crowded
		if t.offers() && t.unpark(w) {
			return
		}
		t.askAll(w)
	}
	w.counts.parks.Add(1)
	_ = w.spot.Park(context.Background()) // dismiss wakes all
}

// unpark lets w go on by itself, unless somebody has woken it already.
func (t *team) unpark(w *worker) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.Index(t.parked, w)
	if i < 0 {
		return false
	}
	t.parked = slices.Delete(t.parked, i, i+1)
	t.active++
	t.count()
	return true
}

// nap waits for a while, or until the run is over. The slot is kept.
func (w *worker) nap(d time.Duration) {
	t := w.team
	t.mu.Lock()
	if t.over.Load() {
		t.mu.Unlock()
		return
	}
	t.napping = append(t.napping, w)
	t.mu.Unlock()
	w.counts.naps.Add(1)
	if w.spot.ParkFor(context.Background(), d) == nil {
		return
	}
	t.mu.Lock()
	i := slices.Index(t.napping, w)
	if i >= 0 {
		t.napping = slices.Delete(t.napping, i, i+1)
	}
	t.mu.Unlock()
	if i < 0 {
		w.spot.Take()
	}
}

// await waits for the thief of a task, and reports whether the task has ended:
// it has not if its body ignores for longer than the grace time that the run
// was cancelled.
//
// Meanwhile w helps the thief, and nobody else: all that the thief offers is a
// part of the task. So a joiner never runs what could wait for something that
// its own goroutine holds and the task does not wait for anyway.
func (w *worker) await(t *task) bool {
	for round := 0; round < rounds; round++ {
		if t.over() {
			return true
		}
		if j := w.leapfrog(t); j != nil {
			w.counts.leapfrogs.Add(1)
			w.pay(w.execute(j))
			round = 0
		}
		runtime.Gosched()
	}
	return t.over() || w.wait(t)
}

// leapfrog takes a part of the task t from its thief.
func (w *worker) leapfrog(t *task) job {
	thief := t.thief.Load()
	if thief == nil || w.account < 0 || w.team.stopped.Load() {
		return nil
	}
	j := thief.shelf.take(w, t)
	if j == nil {
		thief.wantedNow()
	}
	return j
}

// wait lends the slot until the task has ended.
func (w *worker) wait(t *task) bool {
	if w.spot == (park.Spot{}) {
		w.spot = park.NewSpot()
	}
	t.spot = w.spot
	if !t.state.CompareAndSwap(running, awaited) {
		return true
	}
	w.counts.waits.Add(1)
	w.team.lend(w)
	err := t.spot.Park(w.team.last)
	w.account = max(w.account, pocket)
	w.team.acquire()
	if err != nil {
		w.spot = park.Spot{} // the token may come any time
	}
	return err == nil
}
