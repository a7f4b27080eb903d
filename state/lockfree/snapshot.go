package lockfree

import (
	"context"
	"sync/atomic"

	"github.com/trivet-go/trivet/internal/park"
)

// A Snapshot is a value that is read by many and replaced by few: copy on
// write. The zero Snapshot holds the zero T. It must not be copied after use.
type Snapshot[T any] struct {
	current atomic.Pointer[T] // nil until there is another value than zero
	turn    park.Gate         // of the writers
	zero    T                 // nobody writes it; to make it at the first Load is too much to inline
}

// SnapshotOf returns a Snapshot that holds v.
func SnapshotOf[T any](v T) *Snapshot[T] {
	s := new(Snapshot[T])
	s.Store(v)
	return s
}

// Load returns the current value. It is frozen: nobody may change it, and it
// stays as it is also when there is a newer one. It never returns nil. It is
// wait-free.
func (s *Snapshot[T]) Load() *T {
	if p := s.current.Load(); p != nil {
		return p
	}
	return &s.zero
}

// Store replaces the value.
func (s *Snapshot[T]) Store(v T) {
	s.Update(func(T) T { return v })
}

// Update replaces the value by f of it, and returns the new one. f is called
// once: writers take turns. It gets a copy, but what that points to is frozen
// too: f makes new maps and slices instead of changing old ones. f must not
// update the same Snapshot.
func (s *Snapshot[T]) Update(f func(T) T) *T {
	s.turn.Enter(context.Background()) // never done, so there is no error
	defer s.turn.Leave()
	v := f(*s.Load())
	s.current.Store(&v)
	return &v
}
