package async

import (
	"fmt"
	"io"
	"os"
	"runtime"
)

// A Promise is the writing side of a future. It is settled once.
type Promise[T any] struct{ future *Future[T] }

// New returns a promise and its future.
//
// A promise that is collected without having been settled leaves its waiters
// waiting; a line on standard error then says where it was made. Nothing else
// happens: a garbage collection must not change what a program does.
func New[T any]() (*Promise[T], *Future[T]) {
	f := new(Future[T])
	p := &Promise[T]{f}
	var pc [1]uintptr
	runtime.Callers(2, pc[:])
	runtime.AddCleanup(p, func(l lost[T]) { l.report(os.Stderr) }, lost[T]{f, pc[0]})
	return p, f
}

// Resolve settles the promise with a value, and reports false if it was settled
// before.
func (p *Promise[T]) Resolve(v T) bool { return p.future.settle(v, nil) }

// Reject settles the promise with an error, which must not be nil, and reports
// false if it was settled before.
func (p *Promise[T]) Reject(err error) bool {
	if err == nil {
		panic("async: Reject without an error")
	}
	var none T
	return p.future.settle(none, err)
}

// lost is what is left of a promise when it is collected.
type lost[T any] struct {
	future *Future[T]
	madeAt uintptr
}

func (l lost[T]) report(w io.Writer) {
	if l.future.Ready() {
		return
	}
	frame, _ := runtime.CallersFrames([]uintptr{l.madeAt}).Next()
	fmt.Fprintf(w, "async: a promise made at %s:%d was collected without Resolve or Reject: whoever awaits its future waits for ever\n", frame.File, frame.Line)
}
