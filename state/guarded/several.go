package guarded

import (
	"cmp"
	"context"
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
	first, second := &a.lock, &b.lock
	if first == second {
		panic(twice("Do2"))
	}
	if first.address() > second.address() {
		first, second = second, first
	}
	if !first.tryEnter() {
		first.enter()
	}
	defer first.leave()
	if !second.tryEnter() {
		second.enter()
	}
	defer second.leave()
	f(&a.v, &b.v)
}

// Do2Context is Do2, but waits no longer than ctx lives: it returns the cause of
// ctx then, and f was not called.
func Do2Context[A, B any](ctx context.Context, a *Value[A], b *Value[B], f func(*A, *B)) error {
	return inside(ctx, "Do2Context", []*lock{&a.lock, &b.lock}, func() { f(&a.v, &b.v) })
}

// Do3 is Do2 for three values.
func Do3[A, B, C any](a *Value[A], b *Value[B], c *Value[C], f func(*A, *B, *C)) {
	inside(context.Background(), "Do3", []*lock{&a.lock, &b.lock, &c.lock}, func() { f(&a.v, &b.v, &c.v) })
}

// Do3Context is Do2Context for three values.
func Do3Context[A, B, C any](ctx context.Context, a *Value[A], b *Value[B], c *Value[C], f func(*A, *B, *C)) error {
	return inside(ctx, "Do3Context", []*lock{&a.lock, &b.lock, &c.lock}, func() { f(&a.v, &b.v, &c.v) })
}

// DoAll is Do2 for any number of values of one type. f gets them in the order of
// values.
func DoAll[T any](values []*Value[T], f func([]*T)) {
	doAll(context.Background(), "DoAll", values, f)
}

// DoAllContext is Do2Context for any number of values of one type. f gets them
// in the order of values.
func DoAllContext[T any](ctx context.Context, values []*Value[T], f func([]*T)) error {
	return doAll(ctx, "DoAllContext", values, f)
}

func doAll[T any](ctx context.Context, name string, values []*Value[T], f func([]*T)) error {
	locks := make([]*lock, len(values))
	pointers := make([]*T, len(values))
	for i, v := range values {
		locks[i], pointers[i] = &v.lock, &v.v
	}
	return inside(ctx, name, locks, func() { f(pointers) })
}

// inside calls f while it holds all locks, or gives up and holds none.
func inside(ctx context.Context, name string, locks []*lock, f func()) error {
	slices.SortFunc(locks, func(a, b *lock) int { return cmp.Compare(a.address(), b.address()) })
	for i := 1; i < len(locks); i++ {
		if locks[i] == locks[i-1] {
			panic(twice(name))
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	held := 0
	defer func() {
		for _, l := range slices.Backward(locks[:held]) {
			l.leave()
		}
	}()
	for _, l := range locks {
		if err := l.enterContext(ctx); err != nil {
			return err
		}
		held++ // not before: entering panics when it would re-enter
	}
	f()
	return nil
}

func (l *lock) address() uintptr { return uintptr(unsafe.Pointer(l)) }

func twice(name string) string { return "guarded: " + name + " with the same value twice" }
