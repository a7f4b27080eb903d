package pipeline

import (
	"context"
	"sync/atomic"

	"github.com/trivet-go/trivet/internal/park"
)

// A ring is a bounded buffer between one writer and one reader: Lamport's
// ring, with the refinement that either side keeps a copy of the other's
// position and reads the real one only when the copy says full or empty.
//
// Every item is published by itself, so that none is held back while its
// writer works on the next; the reader takes all there is at once. So items
// travel in batches as soon as the reader is the slower side, and one by one
// while it waits. DESIGN.md tells why no wake-up is lost.
type ring[T any] struct {
	slots []T    // a power of two
	limit uint64 // items that fit, len(slots) or fewer

	_    [64]byte
	tail atomic.Uint64 // items put so far; written by the writer
	put  uint64        // the writer's own copy of tail
	full uint64        // tail at which the ring was full when the writer last looked at head
	room sleeper       // where the writer sleeps

	_        [64]byte
	head     atomic.Uint64 // items taken so far; written by the reader
	tailSeen uint64        // the reader's copy of tail
	items    sleeper       // where the reader sleeps

	_      [64]byte
	closed atomic.Bool // by the writer, after its last item
}

func (r *ring[T]) init(limit int) {
	size := 1
	for size < limit {
		size *= 2
	}
	r.slots, r.limit = make([]T, size), uint64(limit)
	r.room.spot, r.items.spot = park.NewSpot(), park.NewSpot()
}

// tryPut puts v unless the ring is full.
func (r *ring[T]) tryPut(v T) bool {
	if !r.tryHold(v) {
		return false
	}
	r.publish()
	return true
}

// tryHold puts v where the reader does not see it before publish.
func (r *ring[T]) tryHold(v T) bool {
	if r.put >= r.full && !r.hasRoom() {
		return false
	}
	r.slots[r.put&uint64(len(r.slots)-1)] = v
	r.put++
	return true
}

// holdAll is tryHold for as many of all as there is room for.
func (r *ring[T]) holdAll(all []T) int {
	if r.full-r.put < uint64(len(all)) {
		r.hasRoom()
	}
	n := int(min(r.full-r.put, uint64(len(all))))
	first := copy(r.slots[r.put&uint64(len(r.slots)-1):], all[:n])
	copy(r.slots, all[first:n])
	r.put += uint64(n)
	return n
}

// publish shows the reader what was put.
func (r *ring[T]) publish() {
	r.tail.Store(r.put)
	if r.items.sleeps.Load() {
		r.items.wake()
	}
}

func (r *ring[T]) hasRoom() bool {
	r.full = r.head.Load() + r.limit
	return r.put < r.full
}

// waitRoom waits until tryPut can do something.
func (r *ring[T]) waitRoom(ctx context.Context) error { return r.room.sleep(ctx, r.hasRoom) }

// tryTake moves up to len(buf) items into buf, as many as there are.
func (r *ring[T]) tryTake(buf []T) int {
	head := r.head.Load()
	if r.tailSeen == head && !r.hasItems() {
		return 0
	}
	n := min(int(r.tailSeen-head), len(buf))
	at := int(head & uint64(len(r.slots)-1))
	first := r.slots[at:min(at+n, len(r.slots))]
	rest := r.slots[:n-len(first)]
	copy(buf[copy(buf, first):], rest)
	clear(first) // what was taken must not be kept alive from here
	clear(rest)
	r.head.Store(head + uint64(n))
	if r.room.sleeps.Load() {
		r.room.wake()
	}
	return n
}

func (r *ring[T]) hasItems() bool {
	r.tailSeen = r.tail.Load()
	return r.tailSeen != r.head.Load()
}

// waitItems waits until tryTake can do something, or the ring is closed.
func (r *ring[T]) waitItems(ctx context.Context) error {
	return r.items.sleep(ctx, func() bool { return r.hasItems() || r.closed.Load() })
}

func (r *ring[T]) close() {
	r.closed.Store(true)
	r.items.wake()
}

func (r *ring[T]) len() int { return int(r.tail.Load() - min(r.head.Load(), r.tail.Load())) }

// A sleeper is where one side of a ring waits for the other.
type sleeper struct {
	sleeps atomic.Bool // the side waits, or is about to look a last time before it does
	spot   park.Spot   // gets a token from who brings sleeps from true to false
}

// sleep waits until ready, which only the other side can bring about.
//
// It does not look again and again before it sleeps: a reader on another core
// that does takes every item by itself, and both sides wait for the cache line
// each time. Measured, that costs three times as much.
func (s *sleeper) sleep(ctx context.Context, ready func() bool) error {
	for {
		s.sleeps.Store(true)
		if ready() {
			s.getUp()
			return nil
		}
		if err := s.spot.Park(ctx); err != nil {
			s.getUp()
			return err
		}
	}
}

// getUp is for a side that wakes by itself: a token that was left in the same
// moment is not for its next sleep.
func (s *sleeper) getUp() {
	if !s.sleeps.CompareAndSwap(true, false) {
		s.spot.Take()
	}
}

// wake wakes the side if it sleeps.
func (s *sleeper) wake() {
	if s.sleeps.Load() && s.sleeps.CompareAndSwap(true, false) {
		s.spot.Unpark()
	}
}
