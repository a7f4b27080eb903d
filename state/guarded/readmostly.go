package guarded

import (
	"context"
	"sync/atomic"

	"github.com/trivet-go/trivet/internal/park"
)

// A ReadMostly is a value behind a lock that many may read at the same time. It
// pays when reads take long, a microsecond or more; for short ones a [Value] is
// as fast, and a lockfree.Snapshot much faster. The zero value holds the zero
// T. It must not be copied after use.
type ReadMostly[T any] struct {
	readers atomic.Int64 // inside; -1 if a writer is
	writers atomic.Int64 // who wait
	line    park.Line    // of both, first come, first served
	v       T
}

// ReadMostlyOf returns a ReadMostly that holds v.
func ReadMostlyOf[T any](v T) *ReadMostly[T] { return &ReadMostly[T]{v: v} }

// View calls f with the value while nobody changes it; others may view it at the
// same time. f must not change what the pointer leads to, nor use the same
// value again: a writer that waits in between would make it wait for ever.
func (r *ReadMostly[T]) View(f func(*T)) {
	r.ViewContext(context.Background(), f)
}

// ViewContext is View, but waits no longer than ctx lives: it returns the cause
// of ctx then, and f was not called.
func (r *ReadMostly[T]) ViewContext(ctx context.Context, f func(*T)) error {
	if err := r.rlock(ctx); err != nil {
		return err
	}
	defer r.runlock()
	f(&r.v)
	return nil
}

// Do calls f with the value while nobody else has it or views it.
func (r *ReadMostly[T]) Do(f func(*T)) {
	r.DoContext(context.Background(), f)
}

// DoContext is Do, but waits no longer than ctx lives: it returns the cause of
// ctx then, and f was not called.
func (r *ReadMostly[T]) DoContext(ctx context.Context, f func(*T)) error {
	if err := r.wlock(ctx); err != nil {
		return err
	}
	defer r.wunlock()
	f(&r.v)
	return nil
}

// Load returns a copy of the value. What the copy points to is shared.
func (r *ReadMostly[T]) Load() (v T) {
	r.View(func(p *T) { v = *p })
	return v
}

func (r *ReadMostly[T]) rlock(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if r.line.Open() && r.writers.Load() == 0 && r.tryRead() {
		return nil
	}
	return r.rlockSlowly(ctx)
}

// rlockSlowly waits behind the writers that are in line. When it is called from
// there its turn has come, whoever waits behind it; and it calls the next, who
// may be a reader too.
func (r *ReadMostly[T]) rlockSlowly(ctx context.Context) error {
	called := false
	err := r.line.Wait(ctx, func() bool {
		ok := (called || r.writers.Load() == 0) && r.tryRead()
		called = true
		return ok
	})
	if err == nil {
		r.line.Wake(1)
	}
	return err
}

func (r *ReadMostly[T]) tryRead() bool {
	for {
		n := r.readers.Load()
		if n < 0 {
			return false
		}
		if r.readers.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (r *ReadMostly[T]) runlock() {
	if r.readers.Add(-1) == 0 {
		r.line.Wake(1)
	}
}

func (r *ReadMostly[T]) wlock(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if r.line.Open() && r.tryWrite() {
		return nil
	}
	r.writers.Add(1)
	err := r.line.Wait(ctx, r.tryWrite)
	r.writers.Add(-1)
	if err != nil {
		r.line.Wake(1) // a reader may have waited for this writer alone
	}
	return err
}

func (r *ReadMostly[T]) tryWrite() bool { return r.readers.CompareAndSwap(0, -1) }

func (r *ReadMostly[T]) wunlock() {
	r.readers.Store(0)
	r.line.Wake(1)
}
