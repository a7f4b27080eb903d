package guarded

import "context"

// A ReadMostly is a value behind a lock that many may read at the same time. It
// pays when reads take long, a microsecond or more; for short ones a [Value] is
// as fast, and a lockfree.Snapshot much faster. The zero value holds the zero
// T. It must not be copied after use.
type ReadMostly[T any] struct {
	lock sharing
	v    T // guarded by lock
}

// ReadMostlyOf returns a ReadMostly that holds v.
func ReadMostlyOf[T any](v T) *ReadMostly[T] { return &ReadMostly[T]{v: v} }

// View calls f with the value while nobody changes it; others may view it at the
// same time. f must not change what the pointer leads to, nor use the same
// value again: a writer that waits in between would make it wait for ever.
// While [Debug] is on, that panics.
func (r *ReadMostly[T]) View(f func(*T)) {
	r.ViewContext(context.Background(), f) // never done, so there is no error
}

// ViewContext is View, but waits no longer than ctx lives: it returns the cause
// of ctx then, and f was not called.
func (r *ReadMostly[T]) ViewContext(ctx context.Context, f func(*T)) error {
	if err := r.lock.enterToRead(ctx); err != nil {
		return err
	}
	defer r.lock.leaveFromRead()
	f(&r.v)
	return nil
}

// Do calls f with the value while nobody else has it or views it. f must not use
// the same value again: that waits for ever, or panics while [Debug] is on.
func (r *ReadMostly[T]) Do(f func(*T)) {
	r.DoContext(context.Background(), f) // never done, so there is no error
}

// DoContext is Do, but waits no longer than ctx lives: it returns the cause of
// ctx then, and f was not called.
func (r *ReadMostly[T]) DoContext(ctx context.Context, f func(*T)) error {
	if err := r.lock.enterToWrite(ctx); err != nil {
		return err
	}
	defer r.lock.leaveFromWrite()
	f(&r.v)
	return nil
}

// Load returns a copy of the value. What the copy points to is shared.
func (r *ReadMostly[T]) Load() T {
	r.lock.enterToRead(context.Background())
	defer r.lock.leaveFromRead()
	return r.v
}
