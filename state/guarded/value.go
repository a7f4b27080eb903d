package guarded

import "context"

// A Value is a value behind a lock. The zero Value holds the zero T. It must not
// be copied after use.
type Value[T any] struct {
	lock lock
	v    T // guarded by lock
}

// Of returns a Value that holds v.
func Of[T any](v T) *Value[T] { return &Value[T]{v: v} }

// Do calls f with the value while nobody else has it. The pointer is f's until
// it returns, and must not be kept. f must not use the same Value again: that
// waits for ever, or panics while [Debug] is on. A panic of f gives the lock
// back.
func (v *Value[T]) Do(f func(*T)) {
	if !v.lock.tryEnter() {
		v.lock.enter()
	}
	defer v.lock.leave()
	f(&v.v)
}

// DoContext is Do, but waits no longer than ctx lives: it returns the cause of
// ctx then, and f was not called. With a deadline it is a try for a time.
func (v *Value[T]) DoContext(ctx context.Context, f func(*T)) error {
	if err := v.lock.enterContext(ctx); err != nil {
		return err
	}
	defer v.lock.leave()
	f(&v.v)
	return nil
}

// TryDo is Do if nobody has the value right now and nobody waits for it, and
// reports whether it called f.
func (v *Value[T]) TryDo(f func(*T)) bool {
	if !v.lock.enterNow() {
		return false
	}
	defer v.lock.leave()
	f(&v.v)
	return true
}

// Load returns a copy of the value. What the copy points to is shared.
func (v *Value[T]) Load() T {
	if !v.lock.tryEnter() {
		v.lock.enter()
	}
	defer v.lock.leave()
	return v.v
}

// Store replaces the value.
func (v *Value[T]) Store(new T) {
	if !v.lock.tryEnter() {
		v.lock.enter()
	}
	defer v.lock.leave()
	v.v = new
}
