package trivet

import (
	"errors"
	"fmt"
	"time"
)

// StepError says which step failed.
type StepError struct {
	Name string // of the step, stage, shard or worker
	Err  error  // why
}

// Error returns `step "parse": ` and the cause.
func (e *StepError) Error() string { return fmt.Sprintf("step %q: %v", e.Name, e.Err) }

// Unwrap returns the cause.
func (e *StepError) Unwrap() error { return e.Err }

// ErrGoexit is the error of a task whose goroutine was ended by
// [runtime.Goexit] instead of a return.
var ErrGoexit = errors.New("task ended by runtime.Goexit (testing's FailNow, Fatal and SkipNow call it)")

// StuckError names a function that still runs although its context was done
// for longer than a grace time. Whoever returns a StuckError stopped waiting
// for that function: it may still use what it was given.
type StuckError struct {
	Name  string        // of the instance, as the user named it
	Func  string        // the function: its package path and name, file and line
	After time.Duration // how long it ran on after its context was done
}

// Error names the function and says what to change.
func (e *StuckError) Error() string {
	return fmt.Sprintf("%s: %s still runs %v after its context was done: it must watch ctx.Done()", e.Name, e.Func, e.After)
}
