package guarded

import (
	"cmp"
	"slices"
	"unsafe"
)

// All functions that use several values lock them in the order of their
// addresses, so that no two of them can wait for each other. Addresses are
// those of heap objects, which do not move: what two goroutines share has
// escaped.

// Do2 calls f with both values while nobody else has either. It may be called
// with the values in any order, and panics if both are the same.
func Do2[A, B any](a *Value[A], b *Value[B], f func(*A, *B)) {
	pa, pb := address(a), address(b)
	switch {
	case pa < pb:
		a.lock()
		defer a.unlock()
		b.lock()
		defer b.unlock()
	case pa > pb:
		b.lock()
		defer b.unlock()
		a.lock()
		defer a.unlock()
	default:
		panic("guarded: Do2 with the same value twice: use Do")
	}
	f(&a.v, &b.v)
}

// Do3 is Do2 for three values.
func Do3[A, B, C any](a *Value[A], b *Value[B], c *Value[C], f func(*A, *B, *C)) {
	locks := []locker{{address(a), a}, {address(b), b}, {address(c), c}}
	lockAll("Do3", locks)
	defer unlockAll(locks)
	f(&a.v, &b.v, &c.v)
}

// DoAll is Do2 for any number of values of one type. f gets them in the order of
// values.
func DoAll[T any](values []*Value[T], f func([]*T)) {
	locks := make([]locker, len(values))
	pointers := make([]*T, len(values))
	for i, v := range values {
		locks[i] = locker{address(v), v}
		pointers[i] = &v.v
	}
	lockAll("DoAll", locks)
	defer unlockAll(locks)
	f(pointers)
}

func address[T any](v *Value[T]) uintptr { return uintptr(unsafe.Pointer(v)) }

type locker struct {
	address uintptr
	value   interface {
		lock()
		unlock()
	}
}

func lockAll(name string, locks []locker) {
	slices.SortFunc(locks, func(a, b locker) int { return cmp.Compare(a.address, b.address) })
	for i, l := range locks {
		if i > 0 && l.address == locks[i-1].address {
			panic("guarded: " + name + " with the same value twice")
		}
	}
	for _, l := range locks {
		l.value.lock()
	}
}

func unlockAll(locks []locker) {
	for _, l := range slices.Backward(locks) {
		l.value.unlock()
	}
}
