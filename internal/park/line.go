package park

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
)

// patience is how often a waiter may be woken and find nothing, because a
// newcomer was faster, until newcomers have to stand back.
const patience = 4

// maxSpare bounds the waiters that a Line keeps for later.
const maxSpare = 32

// A Line is a line of goroutines that wait until something can be done. The
// zero value is an empty line. It holds no state of what is waited for: that
// may be guarded by a mutex, or be lock-free. A queue uses it like this:
//
//	func (q *Queue) Take(ctx context.Context) error {
//		if q.line.Open() && ctx.Err() == nil && q.tryTake() {
//			return nil
//		}
//		return q.line.Wait(ctx, q.tryTake)
//	}
//
//	func (q *Queue) Put() {
//		q.put()
//		q.line.Wake(1)
//	}
type Line struct {
	length   atomic.Int32 // waiters in line; written under mu
	starving atomic.Int32 // waiters that have lost patience, in line or just called; written under mu

	mu         sync.Mutex // held for a few instructions, never while calling user code
	head, tail *waiter    // by ticket
	tickets    uint64     // given out so far
	free       *waiter    // for the next who wait, linked by next
	spare      int        // their number
}

// A waiter is a goroutine inside Wait. Its fields are guarded by the line's mu
// while it is in line; when called it is its goroutine's alone.
type waiter struct {
	Spot
	prev, next *waiter
	ticket     uint64
	state      state
	blind      bool // must not try before it is called
	starves    bool // counted in starving
}

type state uint8

const (
	out    state = iota // not in line, no token
	inLine              // in line, no token
	called              // not in line, the token is there or comes in a moment
)

// Wait calls try, now and whenever it is woken, until try returns true. It
// returns nil then, and the cause of ctx if that is done first: in that case
// nothing was done. A ctx that is done already is always refused.
//
// try must not block. It is called on the goroutine of Wait, by several
// waiters at once.
func (l *Line) Wait(ctx context.Context, try func() bool) error {
	w := l.join()
	defer l.leave(w)
	for lost := 1; ctx.Err() == nil; lost++ {
		if !w.blind && try() {
			return nil
		}
		if w.Park(ctx) != nil {
			break
		}
		w.state, w.blind = out, false
		if ctx.Err() != nil {
			l.Wake(1) // whoever woke this waiter woke nobody else
			break
		}
		if try() {
			return nil
		}
		l.rejoin(w, lost >= patience)
	}
	return context.Cause(ctx)
}

// Wake wakes the n that have waited longest. Call it after making something
// possible, n times possible, for which somebody may wait.
func (l *Line) Wake(n int) {
	if l.length.Load() == 0 {
		return
	}
	l.mu.Lock()
	first := l.call(n)
	l.mu.Unlock()
	unpark(first)
}

// WakeAll wakes everyone: after closing what they wait for.
func (l *Line) WakeAll() { l.Wake(math.MaxInt) }

// Open reports whether a newcomer may try before it waits. It may not while
// somebody in line has lost to newcomers again and again.
func (l *Line) Open() bool { return l.starving.Load() == 0 }

// Len returns the number of goroutines in line.
func (l *Line) Len() int { return int(l.length.Load()) }

// join puts a new waiter at the end of the line.
func (l *Line) join() *waiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.free
	if w == nil {
		w = &waiter{Spot: NewSpot()}
	} else {
		l.free, w.next = w.next, nil
		l.spare--
	}
	l.tickets++
	w.ticket = l.tickets
	w.blind = l.starving.Load() > 0
	l.insert(w)
	return w
}

// rejoin puts a waiter that was called in vain back to its old place.
func (l *Line) rejoin(w *waiter, starves bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if starves && !w.starves {
		w.starves = true
		l.starving.Add(1)
	}
	l.insert(w)
}

// leave takes w out for good, in line or not. A wake-up that it does not need
// goes to the next.
func (l *Line) leave(w *waiter) { unpark(l.quit(w)) }

// quit is leave as far as it needs mu; it returns who is to be unparked.
func (l *Line) quit(w *waiter) *waiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	wake := 0
	switch w.state {
	case inLine:
		l.remove(w)
	case called:
		w.Take() // it is there, or comes in a moment
		wake = 1
	}
	w.state = out
	if w.starves {
		w.starves = false
		if l.starving.Add(-1) == 0 {
			wake = math.MaxInt // those who came meanwhile have not tried yet
		}
	}
	if l.spare < maxSpare {
		w.next, l.free = l.free, w
		l.spare++
	}
	return l.call(wake)
}

// call takes the first n out of the line and returns the first of them, linked
// by next. They are to be unparked once mu, which is held, is not: a goroutine
// that wakes up takes mu soon, and would have to wait for it.
func (l *Line) call(n int) (first *waiter) {
	link := &first
	for ; n > 0 && l.head != nil; n-- {
		w := l.head
		l.remove(w)
		w.state = called
		*link, link = w, &w.next
	}
	return first
}

func unpark(w *waiter) {
	for w != nil {
		next := w.next
		w.next = nil
		w.Unpark() // from here on w is its goroutine's
		w = next
	}
}

// insert puts w into the line, by its ticket. mu is held.
func (l *Line) insert(w *waiter) {
	w.state = inLine
	before := l.tail
	for before != nil && before.ticket > w.ticket {
		before = before.prev
	}
	w.prev = before
	if before == nil {
		w.next, l.head = l.head, w
	} else {
		w.next, before.next = before.next, w
	}
	if w.next == nil {
		l.tail = w
	} else {
		w.next.prev = w
	}
	l.length.Add(1)
}

// remove takes w out of the line. mu is held.
func (l *Line) remove(w *waiter) {
	if w.prev == nil {
		l.head = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		l.tail = w.prev
	} else {
		w.next.prev = w.prev
	}
	w.prev, w.next = nil, nil
	l.length.Add(-1)
}
