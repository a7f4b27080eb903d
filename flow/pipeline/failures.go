package pipeline

import (
	"context"

	"github.com/trivet-go/trivet"
)

// Outcome is what became of one item.
type Outcome[In, Out any] struct {
	In  In
	Out Out   // if Err is nil
	Err error // of the step
}

// Failed is an item that a step could not handle.
type Failed[T any] struct {
	Item T
	Err  error
}

// Try is [Through] with errors as values: an item that fails does not end the
// run. A panic does.
func Try[In, Out any](s Stream[In], st Stage, step trivet.Step[In, Out]) Stream[Outcome[In, Out]] {
	n := newNode(st, s)
	p := addPort[Outcome[In, Out]](n, "")
	reads(n, step, []Stream[In]{s}, func(r *run, w *worker) func([]In) error {
		out, step := outletOf(r, w, p), limited(w, step)
		return each(w, func(v In) error {
			result, err := step(w.ctx, v)
			if w.fails(err) {
				return context.Cause(w.ctx)
			}
			return out.put(Outcome[In, Out]{v, result, err})
		})
	})
	return Stream[Outcome[In, Out]]{p}
}

// Divert is [Through] with a second stream, for the items that fail. A panic
// ends the run.
func Divert[In, Out any](s Stream[In], st Stage, step trivet.Step[In, Out]) (good Stream[Out], failed Stream[Failed[In]]) {
	n := newNode(st, s)
	good, failed = Stream[Out]{addPort[Out](n, "good")}, Stream[Failed[In]]{addPort[Failed[In]](n, "failed")}
	reads(n, step, []Stream[In]{s}, func(r *run, w *worker) func([]In) error {
		out, bad, step := outletOf(r, w, good.port), outletOf(r, w, failed.port), limited(w, step)
		return each(w, func(v In) error {
			result, err := step(w.ctx, v)
			switch {
			case w.fails(err):
				return context.Cause(w.ctx)
			case err != nil:
				return bad.put(Failed[In]{v, err})
			}
			return out.put(result)
		})
	})
	return good, failed
}

// fails counts an error that stays with its item. It reports whether the run
// itself has ended: then the error says no more about the item.
func (w *worker) fails(err error) (ended bool) {
	if err == nil {
		return false
	}
	if w.cancelled() {
		return true
	}
	w.stage.failed.Add(1)
	if w.stage.hooks.ItemError != nil {
		w.stage.hooks.ItemError(trivet.ItemErrorInfo{Name: w.stage.Name, Err: err})
	}
	return false
}
