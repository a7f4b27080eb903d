package actors

import (
	"sync/atomic"
	"time"
)

// A relay saves goroutines. An actor that has nothing else to do, and wakes another
// one, does not start a goroutine for that: its turn, which is about to be over,
// goes on as the turn of the other one.
//
// Until then the other actor waits in the turn's baton. If the method goes on for
// long, or waits for something that the system does not know of, the actor would
// wait as long. So while batons are in use somebody looks at them every
// watchEvery, and whoever is seen in the same baton twice gets a goroutine of its
// own. DESIGN.md has the protocol.
type relay struct {
	batons   [batons]baton
	taken    atomic.Uint32
	watching atomic.Bool

	// Of the watch.
	seen [batons]*cell
	idle int // looks in a row at which nobody was there
}

// A baton holds an actor that is scheduled, and has no goroutine. It is the business
// of several turns at once if there are many: who takes an actor out of it sees to
// its turn.
type baton struct {
	cell atomic.Pointer[cell]
	_    [56]byte // a cache line of its own
}

const (
	batons     = 32
	watchEvery = time.Millisecond
	watchIdle  = 10 // looks before the watch ends

	// shortMethod is how long a method takes at most that hands on: what longer ones wake had
	// better run beside it.
	shortMethod = 20 * time.Microsecond
)

// baton returns one for a new turn.
func (r *relay) baton() *baton { return &r.batons[r.taken.Add(1)%batons] }

// put hands c on, and reports whether it could.
func (r *relay) put(b *baton, c *cell, w *reality) bool {
	if !b.cell.CompareAndSwap(nil, c) {
		return false
	}
	if !r.watching.Load() {
		r.watch(w)
	}
	return true
}

// take returns who waits in the baton, if anybody does.
func (b *baton) take() *cell {
	if b.cell.Load() == nil {
		return nil
	}
	return b.cell.Swap(nil)
}

// watch sees to it that somebody looks.
func (r *relay) watch(w *reality) {
	if r.watching.CompareAndSwap(false, true) {
		w.after(watchEvery, func() { r.look(w) })
	}
}

// look gives a goroutine to those who have waited since the last look.
func (r *relay) look(w *reality) {
	r.idle++
	for i := range r.batons {
		b := &r.batons[i]
		c := b.cell.Load()
		if c != nil {
			r.idle = 0
			if c == r.seen[i] {
				w.startFrom(b, c)
				c = nil
			}
		}
		r.seen[i] = c
	}
	if r.idle < watchIdle {
		w.after(watchEvery, func() { r.look(w) })
		return
	}
	r.unwatch(w)
}

// unwatch says that nobody watches any more, and looks into the batons afterwards:
// whoever hands on later sees the one, and whoever has done before is seen.
func (r *relay) unwatch(w *reality) {
	r.idle = 0
	r.watching.Store(false)
	for i := range r.batons {
		if r.batons[i].cell.Load() != nil {
			r.watch(w)
			return
		}
	}
}
