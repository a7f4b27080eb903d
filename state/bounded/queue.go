package bounded

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/park"
)

var (
	// ErrClosed is returned by puts after Close, and by takes when what was
	// inside then has been taken.
	ErrClosed = errors.New("bounded: the queue is closed")

	// ErrFull is returned by puts into a full queue whose rule is
	// trivet.Refuse.
	ErrFull = errors.New("bounded: the queue is full")
)

// Rules are the settings of a queue; zero is good.
type Rules[T any] struct {
	// Name stands in hooks.
	Name string

	// Overflow is what a put does when the queue is full. With Block it waits;
	// with DropNewest its item is lost and with DropOldest the one that waited
	// longest; with Refuse it returns ErrFull; with Divert its item goes to
	// Dropped.
	Overflow trivet.Overflow

	// Dropped, if not nil, is called with every item that the rule loses or
	// diverts, by the put that made it happen, on its goroutine and without
	// any lock. Divert needs it.
	Dropped func(T)

	// Hooks are told of drops. Those of a context are
	// trivet.HooksFrom(ctx).
	Hooks *trivet.Hooks
}

// A Queue is a bounded queue for any number of goroutines at both ends. Items
// come out in the order in which they were put.
type Queue[T any] struct {
	ring  ring[T]
	rules Rules[T]

	putters park.Line
	takers  park.Line

	refused atomic.Int64
	dropped atomic.Int64
	waits   [2]atomic.Int64 // of puts and of takes
}

// New returns an empty queue for n items, 1 or more. It panics if the rules make
// no sense: a mistake in the program.
func New[T any](n int, rules Rules[T]) *Queue[T] {
	switch {
	case n < 1:
		panic(fmt.Sprintf("bounded: a queue for %d items: it takes 1 or more", n))
	case rules.Overflow > trivet.Divert:
		panic(fmt.Sprintf("bounded: unknown %v", rules.Overflow))
	case rules.Overflow == trivet.Divert && rules.Dropped == nil:
		panic("bounded: overflow divert needs Dropped, the function to divert to")
	}
	if rules.Hooks == nil {
		rules.Hooks = new(trivet.Hooks)
	}
	q := &Queue[T]{rules: rules}
	q.ring.init(n)
	return q
}

// Put puts v, or applies the rule if the queue is full. An error means that v
// was not accepted: ErrClosed, ErrFull, or the cause of ctx, whatever room there
// is.
func (q *Queue[T]) Put(ctx context.Context, v T) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if q.putters.Open() {
		done, isClosed := q.ring.putOne(v)
		if done {
			q.takers.Wake(1)
			return nil
		}
		if isClosed {
			return ErrClosed
		}
	}
	return q.putSlowly(ctx, v)
}

// putSlowly is the rest of Put, when the queue is full or others come first.
func (q *Queue[T]) putSlowly(ctx context.Context, v T) error {
	items := []T{v}
	if q.rules.Overflow == trivet.Block {
		_, err := q.putAll(ctx, items)
		return err
	}
	_, err := q.overflow(items)
	return err
}

// TryPut puts v if there is room at once, whatever the rule.
func (q *Queue[T]) TryPut(v T) bool {
	if !q.putters.Open() {
		return false
	}
	done, _ := q.ring.putOne(v)
	if done {
		q.takers.Wake(1)
	}
	return done
}

// PutAll puts the items in order, for much less than as many Puts. While it
// waits for room it keeps its place in line: others may wait behind all of it. It returns how many were
// accepted; with an error these are not all.
func (q *Queue[T]) PutAll(ctx context.Context, items []T) (n int, err error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	if q.rules.Overflow != trivet.Block {
		return q.overflow(items)
	}
	return q.putAll(ctx, items)
}

// putAll waits for room.
func (q *Queue[T]) putAll(ctx context.Context, items []T) (n int, err error) {
	if len(items) == 0 {
		return 0, nil
	}
	try := func() bool {
		var k int
		k, isClosed := q.ring.put(items[n:])
		n += k
		q.takers.Wake(k)
		if isClosed {
			err = ErrClosed
		}
		return isClosed || n == len(items)
	}
	if q.putters.Open() && try() {
		return n, err
	}
	q.waits[0].Add(1)
	if cause := q.putters.Wait(ctx, try); cause != nil {
		err = cause
	}
	return n, err
}

// overflow puts without waiting. Accepted are all items but the refused ones;
// what DropOldest loses was accepted before.
func (q *Queue[T]) overflow(items []T) (n int, err error) {
	for n < len(items) {
		k, isClosed := q.ring.put(items[n:])
		n += k
		q.takers.Wake(k)
		switch {
		case isClosed:
			return n, ErrClosed
		case n == len(items):
		case q.rules.Overflow == trivet.Refuse:
			q.refused.Add(int64(len(items) - n))
			q.tell(len(items) - n)
			return n, ErrFull
		case q.rules.Overflow == trivet.DropOldest:
			oldest, lost, isClosed := q.ring.putOver(items[n])
			if isClosed {
				return n, ErrClosed
			}
			n++
			q.takers.Wake(1)
			if lost {
				q.lose(oldest)
			}
		default:
			q.lose(items[n:]...)
			n = len(items)
		}
	}
	return n, nil
}

func (q *Queue[T]) lose(items ...T) {
	q.dropped.Add(int64(len(items)))
	q.tell(len(items))
	if q.rules.Dropped != nil {
		for _, v := range items {
			q.rules.Dropped(v)
		}
	}
}

func (q *Queue[T]) tell(n int) {
	if q.rules.Hooks.Drop != nil {
		q.rules.Hooks.Drop(trivet.DropInfo{Name: q.rules.Name, Policy: q.rules.Overflow, Count: n})
	}
}

// Take waits for an item and returns it. It returns ErrClosed when the queue is
// closed and empty, and the cause of ctx, whatever is inside, when that is
// done.
func (q *Queue[T]) Take(ctx context.Context) (v T, err error) {
	if ctx.Err() != nil {
		return v, context.Cause(ctx)
	}
	if q.takers.Open() {
		if v, ok := q.ring.takeOne(); ok {
			q.putters.Wake(1)
			return v, nil
		}
	}
	return q.takeSlowly(ctx)
}

func (q *Queue[T]) takeSlowly(ctx context.Context) (T, error) {
	var buf [1]T
	_, err := q.TakeUpTo(ctx, buf[:])
	return buf[0], err
}

// TryTake takes an item if there is one at once.
func (q *Queue[T]) TryTake() (v T, ok bool) {
	if !q.takers.Open() {
		return v, false
	}
	if v, ok = q.ring.takeOne(); ok {
		q.putters.Wake(1)
	}
	return v, ok
}

// TakeUpTo waits for an item and moves as many as there are into buf, up to its
// length, for much less than as many Takes. It returns at least 1 or an error.
func (q *Queue[T]) TakeUpTo(ctx context.Context, buf []T) (n int, err error) {
	switch {
	case ctx.Err() != nil:
		return 0, context.Cause(ctx)
	case len(buf) == 0:
		return 0, errors.New("bounded: TakeUpTo of no items: the buffer has no length")
	}
	try := func() bool {
		isDrained := q.ring.drained() // before the look, so that nothing is missed
		if n = q.ring.take(buf); n == 0 && isDrained {
			err = ErrClosed
		}
		return n > 0 || isDrained
	}
	if !q.takers.Open() || !try() && !q.yield(try) {
		q.waits[1].Add(1)
		if cause := q.takers.Wait(ctx, try); cause != nil {
			return 0, cause
		}
	}
	q.putters.Wake(n)
	return n, err
}

// yield lets others run once before a take waits. Where many take, it keeps
// them from being woken for every single item; more often, and a taker on
// another core fetches every item by itself, which costs both sides a cache
// miss.
func (q *Queue[T]) yield(try func() bool) bool {
	runtime.Gosched()
	return q.takers.Open() && try()
}

// All yields items until the queue is closed and empty, or ctx is done; the
// loop that wants to know asks ctx. It takes one at a time: a loop that breaks
// leaves the rest in the queue.
func (q *Queue[T]) All(ctx context.Context) iter.Seq[T] {
	return func(yield func(T) bool) {
		for {
			v, err := q.Take(ctx)
			if err != nil || !yield(v) {
				return
			}
		}
	}
}

// Close lets nothing more in. What is inside can still be taken; all waits
// end. It may be called more than once.
func (q *Queue[T]) Close() {
	q.ring.close()
	q.putters.WakeAll()
	q.takers.WakeAll()
}

// Len returns the number of items inside.
func (q *Queue[T]) Len() int {
	put, taken := q.ring.counts()
	return int(put - taken)
}

// Cap returns the number of items that fit.
func (q *Queue[T]) Cap() int { return int(q.ring.limit) }

// Stats are counts since New. When nothing is going on,
// Put = Taken + Evicted + Depth.
type Stats struct {
	Put     int64 // items that came in
	Taken   int64 // items that were taken
	Evicted int64 // items that came in and were dropped by DropOldest
	Dropped int64 // all items lost or diverted by the rule, Evicted ones too
	Refused int64 // items refused with ErrFull

	Depth int           // items inside
	Limit int           // items that fit
	Age   time.Duration // how long an item has waited, lately or up to now; sampled, 0 if none is inside

	PutWaits, TakeWaits int64 // how often a put or a take had to wait
}

// Stats returns the counts. While others put and take they may be off by what
// is on its way.
func (q *Queue[T]) Stats() Stats {
	put, taken := q.ring.counts()
	s := Stats{
		Put:       int64(put),
		Dropped:   q.dropped.Load(),
		Refused:   q.refused.Load(),
		Depth:     int(put - taken),
		Limit:     q.Cap(),
		Age:       q.ring.oldest(),
		PutWaits:  q.waits[0].Load(),
		TakeWaits: q.waits[1].Load(),
	}
	if q.rules.Overflow == trivet.DropOldest {
		s.Evicted = s.Dropped
	}
	s.Taken = int64(taken) - s.Evicted
	return s
}
