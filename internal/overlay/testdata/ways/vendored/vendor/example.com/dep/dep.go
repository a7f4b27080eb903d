// Package dep is a vendored dependency with a generic lock.
package dep

import "sync"

// Guarded is a value behind a lock.
type Guarded[T any] struct {
	Mu sync.Mutex
	v  T
}

// Do calls f with the value, holding the lock.
func (g *Guarded[T]) Do(f func(*T)) {
	g.Mu.Lock()
	defer g.Mu.Unlock()
	f(&g.v)
}
