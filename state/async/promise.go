package async

import (
	"fmt"
	"io"
	"os"
	"runtime"
)

// A Promise is the writing side of a future. It is settled once.
type Promise[T any] struct {
	future *Future[T]
	lost   runtime.Cleanup
}

// New returns a promise and its future.
//
// A promise that is collected without having been settled leaves its waiters
// waiting; a line on standard error then says where it was made. Nothing else
// happens: a garbage collection must not change what a program does.
func New[T any]() (*Promise[T], *Future[T]) {
	f := new(Future[T])
	p := &Promise[T]{future: f}
	var caller [1]uintptr
	runtime.Callers(2, caller[:])
	p.lost = runtime.AddCleanup(p, reportLost, caller[0])
	return p, f
}

// Resolve settles the promise with a value, and reports false if it was settled
// before.
func (p *Promise[T]) Resolve(v T) bool { return p.settle(v, nil) }

// Reject settles the promise with an error, which must not be nil, and reports
// false if it was settled before.
func (p *Promise[T]) Reject(err error) bool {
	if err == nil {
		panic("async: Reject without an error")
	}
	var none T
	return p.settle(none, err)
}

func (p *Promise[T]) settle(v T, err error) bool {
	if !p.future.settle(v, err) {
		return false
	}
	p.lost.Stop()
	return true
}

func reportLost(madeAt uintptr) { writeLost(os.Stderr, madeAt) }

func writeLost(w io.Writer, madeAt uintptr) {
	frame, _ := runtime.CallersFrames([]uintptr{madeAt}).Next()
	fmt.Fprintf(w, "async: a promise made at %s:%d was collected without Resolve or Reject: whoever awaits its future waits for ever\n", frame.File, frame.Line)
}
