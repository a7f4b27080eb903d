package actors

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrStopped is the error of a message to an actor that has been stopped, or
	// whose system has. If the actor was given up, because it failed too often, errors
	// that are an ErrStopped say why, and wrap that.
	ErrStopped = errors.New("it has been stopped")

	// ErrFull is the error of a message for which the mailbox had no room.
	ErrFull = errors.New("its mailbox is full")

	// ErrDropped is the error of a Call whose message was dropped for a newer one.
	ErrDropped = errors.New("the message was dropped for a newer one: its mailbox is full")

	// ErrExpired is why a message is a dead letter whose deadline passed before
	// its turn came.
	ErrExpired = errors.New("the deadline of the message passed before its turn came")

	// ErrPanicked is the error of a Call whose method panicked or called
	// runtime.Goexit. The dead letter has the stack.
	ErrPanicked = errors.New("the method panicked")

	// ErrCycle is the error of a message that an actor would wait for itself by.
	ErrCycle = errors.New("actors would wait for each other in a circle: use Go, or Tell, at one place of it")

	// ErrClosed is the cause of the context of actors whose system was closed.
	ErrClosed = errors.New("actors: the system was closed")

	// ErrSibling is what Stop gets when an actor begins anew because another one
	// has failed, see [Supervision].
	ErrSibling = errors.New("actors: a sibling has failed")

	errMixed = errors.New("of its system and the sender's only one is a node, so circles of waits could not be seen: let both Join, or use Go")

	errNoOp  = errors.New("actors: the op is nil: it is not made yet, while package variables are initialized")
	errNoRef = errors.New("actors: the zero Ref is the address of nobody")
)

// An Error says which message failed. Errors that methods return come to the
// caller as they are; an Error is what happened instead. If the context of the
// sender was done first it unwraps to the cause of that.
type Error struct {
	To  string // the actor, as Ref.Name names it
	Op  string // the name of the method
	Err error
}

// Error returns `actors: deposit to account:alice: ` and what happened.
func (e *Error) Error() string { return fmt.Sprintf("actors: %s to %s: %v", e.Op, e.To, e.Err) }

// Unwrap returns what happened.
func (e *Error) Unwrap() error { return e.Err }

// failed wraps err with what op and c are.
func failed(c *cell, op opcode, err error) error {
	return &Error{To: c.name(), Op: op.about().name, Err: err}
}

// A CycleError is an [ErrCycle] that names the circle.
type CycleError struct {
	Path []string // who waits for the next; the first one is the last one too
}

// Error names the actors.
func (e *CycleError) Error() string { return strings.Join(e.Path, " → ") + ": " + ErrCycle.Error() }

// Unwrap returns ErrCycle.
func (e *CycleError) Unwrap() error { return ErrCycle }
