package async

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/spawn"
)

// A Future is a value that is there already, or comes later, or an error in its
// place. Any number of goroutines may wait for it.
type Future[T any] struct {
	settled atomic.Bool // the result is there; it does not change any more

	// The result: written before settled is set, read after.
	value T
	err   error
	panic *trivet.PanicError

	claim claimer // nil unless a waiter may do the work itself

	mu        sync.Mutex // held for a few instructions, never while calling user code
	done      chan struct{}
	watchers  watcher // head of a list
	unclaimed *spawn.Unclaimed
}

// A watcher is called, without any lock, when a future has its result.
type watcher struct {
	call       func()
	prev, next *watcher
}

// Value returns a future that has v already.
func Value[T any](v T) *Future[T] {
	f := &Future[T]{value: v}
	f.settled.Store(true)
	return f
}

// Failed returns a future that has failed already. err must not be nil.
func Failed[T any](err error) *Future[T] {
	if err == nil {
		panic("async: Failed without an error")
	}
	f := &Future[T]{err: err}
	f.settled.Store(true)
	return f
}

// Await waits for the result and returns it. It returns the cause of ctx if that
// is done first; a result that is there is returned whatever ctx is. If the work
// panicked, Await panics with the same *trivet.PanicError, for everyone who
// awaits.
func (f *Future[T]) Await(ctx context.Context) (T, error) {
	if f.settled.Load() && f.panic == nil {
		return f.value, f.err
	}
	return f.await(ctx)
}

func (f *Future[T]) await(ctx context.Context) (T, error) {
	if f.claim != nil && ctx.Err() == nil {
		f.claim.claim()
	}
	if !f.settled.Load() {
		select {
		case <-f.Done():
		case <-ctx.Done():
			if !f.settled.Load() {
				var none T
				return none, context.Cause(ctx)
			}
		}
	}
	return f.result()
}

// result returns the result, which is there.
func (f *Future[T]) result() (T, error) {
	if f.panic != nil {
		f.takePanic()
		raised := *f.panic // a copy: others raise it too
		panic(&raised)
	}
	return f.value, f.err
}

// Done returns a channel that is closed when the result is there.
func (f *Future[T]) Done() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.done == nil {
		f.done = make(chan struct{})
		if f.settled.Load() {
			close(f.done)
		}
	}
	return f.done
}

// Ready reports whether the result is there.
func (f *Future[T]) Ready() bool { return f.settled.Load() }

// claimer lets the one who awaits do the work, if nobody does.
type claimer interface{ claim() }

// settle sets the result, if there is none yet, and reports whether it did.
func (f *Future[T]) settle(value T, err error) bool {
	f.mu.Lock()
	if f.settled.Load() {
		f.mu.Unlock()
		return false
	}
	f.value, f.err = value, err
	f.open()
	return true
}

// fail settles with the error of work that has not returned.
func (f *Future[T]) fail(name string, err error) {
	f.mu.Lock()
	if f.settled.Load() {
		f.mu.Unlock()
		return
	}
	f.err = err
	if p, ok := errors.AsType[*trivet.PanicError](err); ok {
		f.panic = p
		f.unclaimed = spawn.Keep(name, p)
	}
	f.open()
}

// open lets everybody see the result. It is called with mu held, and gives it
// up.
func (f *Future[T]) open() {
	f.settled.Store(true)
	if f.done != nil {
		close(f.done)
	}
	first := f.watchers.next
	f.watchers.next = nil
	f.mu.Unlock()
	for w := first; w != nil; {
		next := w.next
		w.call()
		w = next
	}
}

// watch lets call be called when the result is there: at once if it is.
func (f *Future[T]) watch(call func()) *watcher {
	w := &watcher{call: call}
	f.mu.Lock()
	if f.settled.Load() {
		f.mu.Unlock()
		call()
		return w
	}
	w.prev, w.next = &f.watchers, f.watchers.next
	if w.next != nil {
		w.next.prev = w
	}
	f.watchers.next = w
	f.mu.Unlock()
	return w
}

// unwatch forgets a watcher, if it has not been called.
func (f *Future[T]) unwatch(w *watcher) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.settled.Load() || w.prev == nil {
		return
	}
	w.prev.next = w.next
	if w.next != nil {
		w.next.prev = w.prev
	}
}

// takePanic takes over what would crash the process if nobody did.
func (f *Future[T]) takePanic() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.unclaimed != nil {
		f.unclaimed.Claim()
		f.unclaimed = nil
	}
}
