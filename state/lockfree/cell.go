package lockfree

import (
	"errors"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
)

// ErrContended is returned by a Cell that others have changed again and again.
var ErrContended = errors.New("lockfree: others changed the value at each of many tries")

// A Cell is a value that many change by compare-and-swap: one that is not
// running cannot hold up the others. The zero Cell holds the zero T. It must
// not be copied after use.
type Cell[T any] struct {
	current atomic.Pointer[T] // nil is the zero T
	retries atomic.Int64
}

// CellOf returns a Cell that holds v.
func CellOf[T any](v T) *Cell[T] {
	c := new(Cell[T])
	c.current.Store(&v)
	return c
}

// Load returns a copy of the value. What the copy points to is frozen.
func (c *Cell[T]) Load() (v T) {
	if p := c.current.Load(); p != nil {
		v = *p
	}
	return v
}

// tries bounds how often an Update begins anew.
const tries = 64

// Update replaces the value by f of it, and returns the new one. f is called
// again when somebody else was faster, so it must do nothing but compute; it
// must not change what its argument points to. After 64 tries in vain it
// returns ErrContended, and has changed nothing: then there are too many
// writers for a Cell, and a Snapshot or a guarded.Value is better.
func (c *Cell[T]) Update(f func(T) T) (T, error) {
	for try := range tries {
		old := c.current.Load()
		var v T
		if old != nil {
			v = *old
		}
		v = f(v)
		if c.current.CompareAndSwap(old, &v) {
			return v, nil
		}
		c.retries.Add(1)
		pause(try)
	}
	var none T
	return none, ErrContended
}

// Retries returns how often an Update had to begin anew so far.
func (c *Cell[T]) Retries() int64 { return c.retries.Load() }

// pause lets others run, the longer the more tries were in vain, and not
// everybody as long.
func pause(try int) {
	for range rand.IntN(2 << min(try, 6)) {
		runtime.Gosched()
	}
}
