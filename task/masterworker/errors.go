package masterworker

import (
	"errors"
	"fmt"
)

var (
	// ErrClosed is returned when the master was closed, or has failed.
	ErrClosed = errors.New("masterworker: the master is closed")

	// ErrDrained is returned when the master takes no more jobs, or has no more.
	ErrDrained = errors.New("masterworker: the master is drained")

	// ErrFull is returned by Submit when there is no room, and Rules.Overflow is
	// Refuse.
	ErrFull = errors.New("masterworker: the master is full")

	// ErrLetters is returned by Submit when all the room is taken by dead
	// letters: there will be none until somebody takes them.
	ErrLetters = errors.New("masterworker: the master is full of dead letters: Drop or Retry them")

	// ErrLate is returned by Report when the lease was over already.
	ErrLate = errors.New("masterworker: the lease is over: the report is ignored")

	// ErrCancelled is the error of a job that was cancelled.
	ErrCancelled = errors.New("masterworker: the job was cancelled")

	// ErrLost is the cause of the context of a try whose lease is over: it was
	// cancelled, took too long, or the master has not heard of the worker.
	ErrLost = errors.New("masterworker: the lease is lost: what the step does is in vain")

	// ErrTimeout is the cause of the context of a try that took longer than
	// Rules.Timeout, and its error.
	ErrTimeout = errors.New("masterworker: the try took longer than its timeout")
)

// LostError is the error of a try whose worker was not heard of any more.
type LostError struct {
	Worker string
	Try    int
}

// Error names the worker.
func (e *LostError) Error() string {
	return fmt.Sprintf("masterworker: try %d: worker %q was not heard of within its lease", e.Try, e.Worker)
}

// DeadError is the error of a job that was put aside.
type DeadError struct {
	Key   string
	Tries int
	Errs  []error // of the tries, the first and the last ones if there were many
}

// Error gives the number of tries and the last error.
func (e *DeadError) Error() string {
	name := ""
	if e.Key != "" {
		name = fmt.Sprintf(" %q", e.Key)
	}
	return fmt.Sprintf("masterworker: job%s put aside after %d tries: %v", name, e.Tries, e.Errs[len(e.Errs)-1])
}

// Unwrap returns the errors of the tries.
func (e *DeadError) Unwrap() []error { return e.Errs }

// Permanent marks the error of a step for which no further try would help: the
// job is put aside at once.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanent{err}
}

type permanent struct{ err error }

func (p *permanent) Error() string { return p.err.Error() }
func (p *permanent) Unwrap() error { return p.err }

func isPermanent(err error) bool {
	var p *permanent
	return errors.As(err, &p)
}
