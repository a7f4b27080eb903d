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
	state atomic.Uint32 // DESIGN.md has who may change it, and when

	// The result: written before state says settled or panicked, read after.
	value T
	err   error // *died if the work panicked

	claim claimer // nil unless a waiter may do the work itself

	mu       sync.Mutex // held for a few instructions, never while calling user code
	done     chan struct{}
	watchers *watcher // the newest
}

// What state is made of.
const (
	hasDone     uint32 = 1 << iota // done is there, and does not change any more
	hasWatchers                    // so are watchers
	settled                        // alone: the result is there; it does not change any more
	panicked                       // alone: so is the panic of the work
)

// claimer lets the one who awaits do the work, if nobody does.
type claimer interface{ claim() }

// died is the result of work that panicked.
type died struct {
	*trivet.PanicError
	kept *spawn.Unclaimed
}

// closed is Done of a future that has its result before anybody asks.
var closed = func() <-chan struct{} {
	done := make(chan struct{})
	close(done)
	return done
}()

// Value returns a future that has v already.
func Value[T any](v T) *Future[T] {
	f := &Future[T]{value: v}
	f.state.Store(settled)
	return f
}

// Failed returns a future that has failed already. err must not be nil.
func Failed[T any](err error) *Future[T] {
	if err == nil {
		panic("async: Failed without an error")
	}
	f := &Future[T]{err: err}
	f.state.Store(settled)
	return f
}

// Await waits for the result and returns it. It returns the cause of ctx if that
// is done first; a result that is there is returned, always, whatever ctx is. If
// the work panicked, Await panics with the same *trivet.PanicError, for everyone
// who awaits.
func (f *Future[T]) Await(ctx context.Context) (T, error) {
	if f.state.Load() != settled {
		f = f.await(ctx)
	}
	return f.value, f.err
}

// await returns f when it has its result, or a future that holds the cause of
// ctx: so little is left in Await that it is inlined.
func (f *Future[T]) await(ctx context.Context) *Future[T] {
	if f.claim != nil && ctx.Err() == nil {
		f.claim.claim()
	}
	if !f.Ready() && !f.wait(ctx) {
		return Failed[T](context.Cause(ctx))
	}
	if p := f.takePanic(); p != nil {
		raised := *p // a copy: others raise it too
		panic(&raised)
	}
	return f
}

// wait reports whether the result came before ctx was done.
func (f *Future[T]) wait(ctx context.Context) bool {
	done := ctx.Done()
	if done == nil { // half the price of a select
		<-f.Done()
		return true
	}
	select {
	case <-f.Done():
		return true
	case <-done:
		return f.Ready()
	}
}

// takePanic returns the panic of the work, and lets it not crash the process
// any more. The caller raises it.
func (f *Future[T]) takePanic() *trivet.PanicError {
	if f.state.Load() != panicked {
		return nil
	}
	return f.err.(*died).kept.Claim()
}

// Ready reports whether the result is there.
func (f *Future[T]) Ready() bool { return f.state.Load() >= settled }

// Done returns a channel that is closed when the result is there.
func (f *Future[T]) Done() <-chan struct{} {
	switch state := f.state.Load(); {
	case state >= settled:
		return closed
	case state&hasDone != 0:
		return f.done
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.done != nil {
		return f.done
	}
	f.done = make(chan struct{})
	if f.ask(hasDone) {
		return f.done
	}
	f.done = nil
	return closed
}

// settle sets the result, if there is none yet, and reports whether it did. It
// is for futures that several may settle.
func (f *Future[T]) settle(value T, err error) bool {
	f.mu.Lock()
	if f.Ready() {
		f.mu.Unlock()
		return false
	}
	f.value, f.err = value, err
	before := f.state.Swap(settled)
	f.mu.Unlock()
	f.tell(before)
	return true
}

// publish lets everybody see the result that its only writer has set.
func (f *Future[T]) publish() {
	f.tell(f.state.Swap(settled))
}

// fail is publish for work that has not returned.
func (f *Future[T]) fail(err error) {
	f.err = err
	last := settled
	if p, ok := errors.AsType[*trivet.PanicError](err); ok {
		f.err = &died{p, spawn.Keep("", p)}
		last = panicked
	}
	f.tell(f.state.Swap(last))
}

// apply settles with what work returns, or with how it did not.
func (f *Future[T]) apply(work func() (T, error)) {
	returned := false
	defer func() {
		if !returned {
			f.fail(spawn.Failure(recover()))
		}
	}()
	f.value, f.err = work()
	returned = true
	f.publish()
}
