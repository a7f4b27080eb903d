package spawn

import (
	"bytes"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/trivet-go/trivet"
)

// ClaimWithin is how long a panic waits for somebody to wait for its task.
const ClaimWithin = time.Second

// Failure is the error of a function that did not return, from what recover
// gave. It must be called by the deferred function that recovers, as long as
// the stack of the panic is still there.
func Failure(recovered any) error {
	switch v := recovered.(type) {
	case nil: // since Go 1.21 recover does not return nil for panic(nil)
		return trivet.ErrGoexit
	case *trivet.PanicError: // on its way up from a task below: its stack tells more
		return v
	}
	return &trivet.PanicError{Value: recovered, Stack: panicStack(debug.Stack())}
}

// panicStack cuts the frames that handle a panic off the top of a stack, so
// that it begins at the function that panicked.
func panicStack(stack []byte) []byte {
	header, frames, _ := bytes.Cut(stack, []byte("\n"))
	_, below, found := bytes.Cut(frames, []byte("\npanic("))
	for range 2 { // the rest of this line and the line with its file
		_, below, _ = bytes.Cut(below, []byte("\n"))
	}
	if !found || len(below) == 0 {
		return stack
	}
	return append(append(header[:len(header):len(header)], '\n'), below...)
}

// Unclaimed is a panic that nobody has taken over yet. If nobody does within
// [ClaimWithin], the process crashes.
type Unclaimed struct {
	panic *trivet.PanicError
	fuse  *time.Timer
}

// Keep keeps p, a panic of the named instance, until it is claimed.
func Keep(name string, p *trivet.PanicError) *Unclaimed {
	return &Unclaimed{panic: p, fuse: time.AfterFunc(ClaimWithin, func() {
		crash := *p
		crash.Value = fmt.Sprintf("%v [in a task of %q; nobody waited for it within %v]", p.Value, name, ClaimWithin)
		panic(&crash)
	})}
}

// Claim takes the panic over: the caller raises it.
func (u *Unclaimed) Claim() *trivet.PanicError {
	u.fuse.Stop()
	return u.panic
}
