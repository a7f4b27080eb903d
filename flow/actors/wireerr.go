package actors

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
)

// Errors keep their text on the wire, and which of the errors that both sides
// know they are, for errors.Is.

// knownErrors are those of the library; their place in the list is on the wire.
var knownErrors = []error{
	context.Canceled, context.DeadlineExceeded,
	ErrStopped, ErrFull, ErrDropped, ErrExpired, ErrPanicked, ErrCycle, ErrClosed, ErrFenced, ErrUnreachable,
}

// A RemoteError is an error that came from another node.
type RemoteError struct {
	Text string
	is   []error
}

// Error is the text that the error had where it came from.
func (e *RemoteError) Error() string { return e.Text }

// Is reports whether the error was target: for those of this package, of the
// context, and of [Traits.Errors].
func (e *RemoteError) Is(target error) bool { return slices.Contains(e.is, target) }

var errorCodec = codec{
	func(e *encoder, v reflect.Value) {
		err, _ := v.Interface().(error)
		e.error(err, nil)
	},
	func(d *decoder, v reflect.Value) {
		if err := d.error(nil); err != nil {
			v.Set(reflect.ValueOf(err))
		}
	},
}

// error writes err; known are the errors of a kind.
func (e *encoder) error(err error, known []error) {
	if err == nil {
		e.uint(0)
		return
	}
	e.uint(1)
	e.string(err.Error())
	var is []uint64
	for i, k := range knownErrors {
		if errors.Is(err, k) {
			is = append(is, uint64(2*i))
		}
	}
	for i, k := range known {
		if errors.Is(err, k) {
			is = append(is, uint64(2*i+1))
		}
	}
	e.uint(uint64(len(is)))
	for _, i := range is {
		e.uint(i)
	}
}

func (d *decoder) error(known []error) error {
	if d.uint() == 0 {
		return nil
	}
	err := &RemoteError{Text: strings.Clone(d.string())}
	n := d.uint()
	for i := uint64(0); i < n && d.err == nil; i++ {
		at := d.uint()
		list := knownErrors
		if at%2 == 1 {
			list = known
		}
		if at /= 2; at < uint64(len(list)) {
			err.is = append(err.is, list[at])
		}
	}
	return err
}

// knownErrors are those of the kind of c, if that is known.
func (c *cell) knownErrors() []error {
	if c == nil {
		return nil
	}
	return c.home.kind.traits.Errors
}
