package limit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/park"
)

// Rules are the settings of a limit; zero is good.
type Rules struct {
	Name  string        // stands in hooks
	Hooks *trivet.Hooks // are told of waits; those of a context are trivet.HooksFrom(ctx)

	// Adapt, if not nil, changes the size by what the work tells with
	// [Limit.Done] or [Limit.Observe].
	Adapt *Gradient
}

// A Limit has room for a certain weight. Whoever acquires some gives it back
// with Release.
type Limit struct {
	rules Rules
	adapt *gradient // nil if the size is set by Set alone

	// word is the size, the weight in use and whether anybody waits, so that
	// all three change at once.
	word atomic.Uint64

	mu         sync.Mutex // held for a few instructions
	head, tail *waiter    // who waits; guarded by mu
	lastFirst  *waiter    // the last in the line that came by AcquireFirst; they stand before all others
	spare      *waiter    // for the next who wait, linked by next
	spares     int
	waiting    int
	waits      int64         // that ended with the weight
	waited     time.Duration // by these
}

const (
	weightBits = 31
	maxWeight  = 1<<weightBits - 1
	waited     = 1 // the flag of the word
)

func pack(size, used int, flag uint64) uint64 {
	return uint64(size)<<(weightBits+1) | uint64(used)<<1 | flag
}

func unpack(word uint64) (size, used int, flag uint64) {
	return int(word >> (weightBits + 1)), int(word >> 1 & maxWeight), word & 1
}

// ErrTooHeavy is returned for a weight that does not fit even when nothing else
// is in use. It fits again after Set has made the limit larger.
var ErrTooHeavy = errors.New("limit: more than the whole limit")

// New returns a limit of n, 0 or more. At 0 nothing gets in until Set. It panics
// if n is negative or more than 2³¹-1.
func New(n int) *Limit { return Rules{}.New(n) }

// New returns a limit of n with the rules.
func (r Rules) New(n int) *Limit {
	checkSize(n)
	if r.Hooks == nil {
		r.Hooks = new(trivet.Hooks)
	}
	l := &Limit{rules: r}
	if r.Adapt != nil {
		l.adapt = newGradient(*r.Adapt, n)
		n = l.adapt.size()
	}
	l.word.Store(pack(n, 0, 0))
	return l
}

func checkSize(n int) {
	if n < 0 || n > maxWeight {
		panic(fmt.Sprintf("limit: a limit of %d: it takes 0 to %d", n, maxWeight))
	}
}

func checkWeight(weight int) {
	if weight < 1 || weight > maxWeight {
		panic(fmt.Sprintf("limit: a weight of %d: it takes 1 to %d", weight, maxWeight))
	}
}

// Acquire waits until there is room for weight, 1 or more, and takes it. Those
// who wait get in in the order in which they came: a heavy one is not
// overtaken by light ones.
//
// It returns ErrTooHeavy at once if weight is more than the limit, and the cause
// of ctx when that is done: nothing was taken then. With a done ctx nobody gets
// in, whatever room there is.
func (l *Limit) Acquire(ctx context.Context, weight int) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if l.TryAcquire(weight) {
		return nil
	}
	if size, _, _ := unpack(l.word.Load()); weight > size && size > 0 {
		return ErrTooHeavy
	}
	return l.wait(ctx, weight, false)
}

// AcquireFirst is Acquire in front of all who wait, save those who came by
// AcquireFirst too: among them it is the order of coming again. It is for
// somebody who had lent out what he has, and wants it back.
func (l *Limit) AcquireFirst(ctx context.Context, weight int) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if l.TryAcquire(weight) {
		return nil
	}
	return l.wait(ctx, weight, true)
}

// TryAcquire takes weight if there is room and nobody waits.
func (l *Limit) TryAcquire(weight int) bool {
	checkWeight(weight)
	for {
		word := l.word.Load()
		size, used, flag := unpack(word)
		if flag != 0 || weight > size-used {
			return false
		}
		if l.word.CompareAndSwap(word, pack(size, used+weight, 0)) {
			return true
		}
	}
}

// Release gives weight back. It panics if more is given back than was taken.
func (l *Limit) Release(weight int) {
	checkWeight(weight)
	for {
		word := l.word.Load()
		size, used, flag := unpack(word)
		if weight > used {
			panic(fmt.Sprintf("limit: %d released, and only %d in use", weight, used))
		}
		if l.word.CompareAndSwap(word, pack(size, used-weight, flag)) {
			if flag != 0 {
				l.admit()
			}
			return
		}
	}
}

// Set changes the size. Those who wait get in at once if they fit now; what is
// in use is not taken away, also when it is more than the new size.
func (l *Limit) Set(n int) {
	checkSize(n)
	for {
		word := l.word.Load()
		_, used, flag := unpack(word)
		if l.word.CompareAndSwap(word, pack(n, used, flag)) {
			if flag != 0 {
				l.admit()
			}
			return
		}
	}
}

// Contended reports whether somebody waits.
func (l *Limit) Contended() bool { return l.word.Load()&waited != 0 }

// Full reports whether nothing more gets in at once.
func (l *Limit) Full() bool {
	size, used, flag := unpack(l.word.Load())
	return used >= size || flag != 0
}

// Stats are the counts of a limit.
type Stats struct {
	Size    int
	InUse   int // may be more than Size after Set
	Waiting int // how many wait

	Waits  int64         // waits that ended with an admission, so far
	Waited time.Duration // the time they took
}

// Stats returns the counts.
func (l *Limit) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	size, used, _ := unpack(l.word.Load())
	return Stats{Size: size, InUse: used, Waiting: l.waiting, Waits: l.waits, Waited: l.waited}
}

// A waiter waits for its weight. All fields are guarded by mu, save those that
// do not change.
type waiter struct {
	spot       park.Spot
	weight     int
	first      bool // came by AcquireFirst
	admitted   bool // the weight is its own
	refused    bool // it does not fit any more
	prev, next *waiter
}

func (l *Limit) wait(ctx context.Context, weight int, first bool) error {
	begin := time.Now()
	l.mu.Lock()
	w := l.newWaiter(weight, first)
	l.insert(w)
	called := l.call()
	l.mu.Unlock()
	unpark(called)
	called = nil

	err := w.spot.Park(ctx)
	took := time.Since(begin)
	l.mu.Lock()
	if err != nil && (w.admitted || w.refused) {
		w.spot.Take() // it is there, or comes in a moment
	}
	switch {
	case w.refused:
		err = ErrTooHeavy
	case w.admitted && err != nil: // at the same moment: it goes to the next
		called = l.giveBack(weight)
	case w.admitted:
		l.waits++
		l.waited += took
	default:
		l.remove(w)
		called = l.call() // those behind it may fit
	}
	l.keep(w)
	l.mu.Unlock()
	unpark(called)
	if err == nil && l.rules.Hooks.Wait != nil {
		l.rules.Hooks.Wait(trivet.WaitInfo{Name: l.rules.Name, Took: took})
	}
	return err
}

// maxSpare bounds the waiters that a limit keeps for later.
const maxSpare = 32

func (l *Limit) newWaiter(weight int, first bool) *waiter {
	w := l.spare
	if w == nil {
		return &waiter{spot: park.NewSpot(), weight: weight, first: first}
	}
	l.spare = w.next
	l.spares--
	*w = waiter{spot: w.spot, weight: weight, first: first}
	return w
}

func (l *Limit) keep(w *waiter) {
	if l.spares < maxSpare {
		w.next, l.spare = l.spare, w
		l.spares++
	}
}

// admit lets in who fits now.
func (l *Limit) admit() {
	l.mu.Lock()
	called := l.call()
	l.mu.Unlock()
	unpark(called)
}

// call takes out of the line all in front who fit, or never will, and returns
// the first of them, linked by next. mu is held.
func (l *Limit) call() (first *waiter) {
	link := &first
	for l.head != nil {
		w := l.head
		switch admitted, tooHeavy := l.offer(w.weight); {
		case admitted:
			w.admitted = true
		case tooHeavy:
			w.refused = true
		default:
			return first
		}
		l.remove(w)
		*link, link = w, &w.next
	}
	return first
}

// offer takes weight for one who waits, past the flag.
func (l *Limit) offer(weight int) (admitted, tooHeavy bool) {
	for {
		word := l.word.Load()
		size, used, flag := unpack(word)
		if weight > size-used {
			return false, weight > size && size > 0
		}
		if l.word.CompareAndSwap(word, pack(size, used+weight, flag)) {
			return true, false
		}
	}
}

// giveBack is Release with mu held.
func (l *Limit) giveBack(weight int) (called *waiter) {
	l.word.Add(^uint64(weight<<1 - 1))
	return l.call()
}

func unpark(w *waiter) {
	for w != nil {
		next := w.next
		w.next = nil
		w.spot.Unpark()
		w = next
	}
}

// insert and remove are called with mu held. The flag of the word is set
// exactly while somebody is in line: from then on nobody gets in but through
// call.
func (l *Limit) insert(w *waiter) {
	l.waiting++
	l.word.Or(waited)
	w.prev = l.tail
	if w.first {
		w.prev = l.lastFirst
		l.lastFirst = w
	}
	if w.prev == nil {
		w.next, l.head = l.head, w
	} else {
		w.next, w.prev.next = w.prev.next, w
	}
	if w.next == nil {
		l.tail = w
	} else {
		w.next.prev = w
	}
}

func (l *Limit) remove(w *waiter) {
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
	if w == l.lastFirst {
		l.lastFirst = w.prev // who stands before one of the first is one of them
	}
	w.prev, w.next = nil, nil
	if l.waiting--; l.waiting == 0 {
		l.word.And(^uint64(waited))
	}
}
