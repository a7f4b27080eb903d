package bounded

import (
	"runtime"
	"sync/atomic"
	"time"
)

// A ring is the buffer: a slice, and a position at either end of what is
// inside. A position and the lock of its end are one word, so that the store
// that moves the position also gives the lock back: an operation costs two
// atomic writes, however many items it moves. DESIGN.md has the protocol.
type ring[T any] struct {
	slots []T // a power of two
	limit uint64

	_        [128]byte
	tail     atomic.Uint64 // word of the putting end
	headSeen uint64        // a copy of the head position, maybe old; guarded by the tail's lock
	stampAt  uint64        // position of the item with a stamp; guarded by the tail's lock
	every    uint64        // items between two stamps, less one

	_        [128]byte
	head     atomic.Uint64 // word of the taking end
	tailSeen uint64        // a copy of the tail position, maybe old; guarded by the head's lock

	_     [128]byte
	stamp atomic.Int64 // when the item at stampAt was put; 0 if there is none inside
	age   atomic.Int64 // of the last one with a stamp that was taken
}

const (
	locked    = 1 // a goroutine is between the two writes
	closed    = 2 // of the tail: nothing can be put any more
	flags     = locked | closed
	positions = 4 // what a position counts by
)

func (r *ring[T]) init(limit int) {
	size := 1
	for size < limit {
		size *= 2
	}
	r.slots, r.limit = make([]T, size), uint64(limit)
	for r.every = 1; r.every*16 <= r.limit; r.every *= 2 {
	}
	r.every--
}

// lock takes the lock of one end and returns its word as it was. Whoever holds
// it is a few instructions away from giving it back.
func lock(end *atomic.Uint64) uint64 {
	word := end.Load()
	if word&locked == 0 && end.CompareAndSwap(word, word|locked) {
		return word
	}
	return lockSlowly(end)
}

func lockSlowly(end *atomic.Uint64) uint64 {
	for {
		word := end.Load()
		if word&locked == 0 && end.CompareAndSwap(word, word|locked) {
			return word
		}
		runtime.Gosched()
	}
}

// put puts as many of items as there is room for. It reports whether the ring
// is closed, in which case it puts none.
func (r *ring[T]) put(items []T) (n int, isClosed bool) {
	word := lock(&r.tail)
	if word&closed != 0 {
		r.tail.Store(word)
		return 0, true
	}
	at := word / positions
	room := r.limit - (at - r.headSeen)
	if room < uint64(len(items)) {
		r.headSeen = r.head.Load() / positions
		room = r.limit - (at - r.headSeen)
	}
	n = int(min(room, uint64(len(items))))
	mask := uint64(len(r.slots) - 1)
	first := copy(r.slots[at&mask:], items[:n])
	copy(r.slots, items[first:n])
	if n > 0 && (at+uint64(n)-1)&^r.every >= at && r.stamp.Load() == 0 {
		r.stampAt = (at + uint64(n) - 1) &^ r.every
		r.stamp.Store(time.Now().UnixNano())
	}
	r.tail.Store(word + uint64(n)*positions)
	return n, false
}

// putOne is put for one item.
func (r *ring[T]) putOne(item T) (done, isClosed bool) {
	word := lock(&r.tail)
	at := word / positions
	if word&closed != 0 || at-r.headSeen >= r.limit {
		if r.headSeen = r.head.Load() / positions; word&closed != 0 || at-r.headSeen >= r.limit {
			r.tail.Store(word)
			return false, word&closed != 0
		}
	}
	r.slots[at&uint64(len(r.slots)-1)] = item
	if at&r.every == 0 && r.stamp.Load() == 0 {
		r.stampAt = at
		r.stamp.Store(time.Now().UnixNano())
	}
	r.tail.Store(word + positions)
	return true, false
}

// putOver is putOne, but takes the oldest item out if the ring is full. Both
// happen as one: nothing is taken out of a ring that is closed.
func (r *ring[T]) putOver(item T) (oldest T, lost, isClosed bool) {
	word := lock(&r.tail)
	at := word / positions
	if word&closed != 0 {
		r.tail.Store(word)
		return oldest, false, true
	}
	if r.headSeen = r.head.Load() / positions; at-r.headSeen >= r.limit {
		oldest, lost = r.takeOne() // locks the head; who holds that never locks the tail
		r.headSeen = r.head.Load() / positions
	}
	r.slots[at&uint64(len(r.slots)-1)] = item
	if at&r.every == 0 && r.stamp.Load() == 0 {
		r.stampAt = at
		r.stamp.Store(time.Now().UnixNano())
	}
	r.tail.Store(word + positions)
	return oldest, lost, false
}

// take moves up to len(buf) items into buf.
func (r *ring[T]) take(buf []T) (n int) {
	word := lock(&r.head)
	at := word / positions
	if r.tailSeen-at < uint64(len(buf)) {
		r.tailSeen = r.tail.Load() / positions
	}
	n = int(min(r.tailSeen-at, uint64(len(buf))))
	mask := uint64(len(r.slots) - 1)
	first := r.slots[at&mask : min(at&mask+uint64(n), uint64(len(r.slots)))]
	rest := r.slots[:n-len(first)]
	copy(buf[copy(buf, first):], rest)
	clear(first) // what was taken must not be kept alive from here
	clear(rest)
	if r.stamp.Load() != 0 {
		r.passStamp(at + uint64(n))
	}
	r.head.Store(word + uint64(n)*positions)
	return n
}

// takeOne is take for one item.
func (r *ring[T]) takeOne() (item T, done bool) {
	word := lock(&r.head)
	at := word / positions
	if r.tailSeen == at {
		if r.tailSeen = r.tail.Load() / positions; r.tailSeen == at {
			r.head.Store(word)
			return item, false
		}
	}
	slot := &r.slots[at&uint64(len(r.slots)-1)]
	item = *slot
	var none T
	*slot = none
	if r.stamp.Load() != 0 {
		r.passStamp(at + 1)
	}
	r.head.Store(word + positions)
	return item, true
}

// passStamp looks whether the item with a stamp has been taken, now that the
// head is at the given position. The head's lock is held.
func (r *ring[T]) passStamp(head uint64) {
	if r.stampAt < head {
		r.age.Store(time.Now().UnixNano() - r.stamp.Load())
		r.stamp.Store(0)
	}
}

// close lets nothing more in. It reports whether it was the first.
func (r *ring[T]) close() bool {
	word := lock(&r.tail)
	r.tail.Store(word | closed)
	return word&closed == 0
}

// drained reports whether the ring is closed and empty, which is for ever.
func (r *ring[T]) drained() bool {
	tail := r.tail.Load()
	return tail&closed != 0 && tail/positions == r.head.Load()/positions
}

// counts returns how many items were put and taken so far. Items that come and
// go meanwhile may be counted at one end only.
func (r *ring[T]) counts() (put, taken uint64) {
	taken = r.head.Load() / positions
	return r.tail.Load() / positions, taken
}

// oldest says how long an item has waited, lately or up to now; 0 if there is
// none.
func (r *ring[T]) oldest() time.Duration {
	if put, taken := r.counts(); put == taken {
		return 0
	}
	age := time.Duration(r.age.Load())
	if stamp := r.stamp.Load(); stamp != 0 {
		age = max(age, time.Duration(time.Now().UnixNano()-stamp))
	}
	return age
}
