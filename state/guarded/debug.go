package guarded

import (
	"bytes"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
)

// Debug makes every use of a Value remember who has it, so that a goroutine that
// wants what it has already gets a panic with a [*ReentryError] instead of
// waiting for itself for ever. It makes each use some microseconds slower. It
// can be set at any time, and is on from the start if the environment variable
// TRIVET_DEBUG contains the word reentry.
var Debug debugFlag

type debugFlag struct{ atomic.Bool }

func init() {
	Debug.Store(slices.Contains(strings.Split(os.Getenv("TRIVET_DEBUG"), ","), "reentry"))
}

// A ReentryError says that a goroutine wants a Value that it has already.
type ReentryError struct {
	First  []byte // the stack of the use that goes on
	Second []byte // that of the use inside of it
}

func (e *ReentryError) Error() string {
	return fmt.Sprintf("guarded: a goroutine uses a value inside of a use of the same value, and would wait for itself for ever\n\nfirst:\n%s\nsecond:\n%s", e.First, e.Second)
}

// owner is who has a value. Nothing is known of uses that began while Debug was
// off.
type owner struct{ stack atomic.Pointer[[]byte] }

func (o *owner) enter() {
	if Debug.Load() {
		stack := debug.Stack()
		o.stack.Store(&stack)
	}
}

func (o *owner) leave() { o.stack.Store(nil) }

// check panics if the calling goroutine is the owner.
func (o *owner) check() {
	first := o.stack.Load()
	if first == nil {
		return
	}
	if second := debug.Stack(); bytes.Equal(goroutine(*first), goroutine(second)) {
		panic(&ReentryError{First: *first, Second: second})
	}
}

// goroutine returns the number in the first line of a stack, "goroutine 7
// [running]:". The runtime has no other public name for a goroutine; numbers are
// not used again.
func goroutine(stack []byte) []byte {
	fields := bytes.Fields(stack[:bytes.IndexByte(stack, '\n')+1])
	if len(fields) < 2 {
		return nil
	}
	return fields[1]
}
