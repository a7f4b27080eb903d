package guarded

import (
	"context"

	"github.com/trivet-go/trivet/internal/park"
)

// A Value is a value behind a lock. The zero Value holds the zero T. It must not
// be copied after use.
type Value[T any] struct {
	gate  park.Gate
	owner owner // of the gate; only known while Debug is on
	v     T     // guarded by gate
}

// Of returns a Value that holds v.
func Of[T any](v T) *Value[T] { return &Value[T]{v: v} }

// Do calls f with the value while nobody else has it. The pointer is f's until
// it returns, and must not be kept. f must not use the same Value again: that
// waits for ever, or panics while [Debug] is on. A panic of f gives the lock
// back.
func (v *Value[T]) Do(f func(*T)) {
	v.lock()
	defer v.unlock()
	f(&v.v)
}

// DoContext is Do, but waits no longer than ctx lives: it returns the cause of
// ctx then, and f was not called. With a deadline it is a try for a time.
func (v *Value[T]) DoContext(ctx context.Context, f func(*T)) error {
	if Debug.Load() {
		v.owner.check()
	}
	if err := v.gate.Enter(ctx); err != nil {
		return err
	}
	v.owner.enter()
	defer v.unlock()
	f(&v.v)
	return nil
}

// TryDo is Do if nobody has the value right now, and reports whether it called
// f.
func (v *Value[T]) TryDo(f func(*T)) bool {
	if !v.gate.TryEnter() {
		return false
	}
	v.owner.enter()
	defer v.unlock()
	f(&v.v)
	return true
}

// Load returns a copy of the value. What the copy points to is shared.
func (v *Value[T]) Load() T {
	v.lock()
	defer v.unlock()
	return v.v
}

// Store replaces the value.
func (v *Value[T]) Store(new T) {
	v.lock()
	defer v.unlock()
	v.v = new
}

// lock and unlock are small enough to be inlined.
func (v *Value[T]) lock() {
	if Debug.Load() || !v.gate.TryEnter() {
		v.lockSlowly()
	}
}

func (v *Value[T]) lockSlowly() {
	if Debug.Load() {
		v.owner.check()
	}
	v.gate.Enter(context.Background()) // never done, so there is no error
	v.owner.enter()
}

func (v *Value[T]) unlock() {
	if Debug.Load() {
		v.owner.leave()
	}
	v.gate.Leave()
}
