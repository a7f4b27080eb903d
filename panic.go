package trivet

import "fmt"

// PanicError is a panic on its way from the task where it happened to the
// goroutine that waits for the task. The waiter's call panics with a
// *PanicError; a supervisor (a consumer, a master, an actor's parent) reports
// it as an error instead.
type PanicError struct {
	Value any    // what was given to panic
	Stack []byte // where, as runtime/debug.Stack shows it, beginning at the function that panicked

	// Also is what else went wrong among the task's siblings, joined: more
	// panics, errors, functions that are stuck. Usually nil.
	Also error
}

// Error returns the value and, below it, the original stack: a *PanicError
// that nobody recovers is printed by the runtime through this method, and the
// stack that the runtime prints itself is the waiter's.
func (e *PanicError) Error() string {
	s := fmt.Sprintf("panic: %v", e.Value)
	if len(e.Stack) > 0 {
		s += "\n\nstack of the task:\n" + string(e.Stack)
	}
	if e.Also != nil {
		s += "\nalso: " + e.Also.Error()
	}
	return s
}

// Unwrap lets errors.Is and errors.As find the value, if it is an error, and
// what Also holds.
func (e *PanicError) Unwrap() []error {
	var errs []error
	if err, ok := e.Value.(error); ok {
		errs = append(errs, err)
	}
	if e.Also != nil {
		errs = append(errs, e.Also)
	}
	return errs
}
