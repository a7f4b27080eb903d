package scoped

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/trivet-go/trivet"
)

// Each calls f for every item of seq, n at the same time. It returns the error
// that came first, and then nothing more is begun. seq runs on the caller's
// goroutine. n is 1 or more.
func Each[T any](ctx context.Context, seq iter.Seq[T], n int, f func(context.Context, T) error) error {
	if err := checkAtOnce("Each", n); err != nil {
		return err
	}
	return Rules{Max: n}.Run(ctx, func(g *Group) error {
		for v := range seq {
			if g.spawn.Err() != nil {
				return context.Cause(g.Context())
			}
			g.Go(func(ctx context.Context) error { return f(ctx, v) })
		}
		return nil
	})
}

// Map yields step(v) for every v of seq, in the order of seq, and works on up to
// n items at the same time. A result that is there early waits for those before
// it; 4n items are under way at most.
//
// The first error is yielded, and ends the loop. When the loop ends, by itself
// or by break, everything that it started has ended. seq runs on the goroutine
// of the loop; the sequence that Map returns can be read again if seq can.
func Map[In, Out any](ctx context.Context, seq iter.Seq[In], step trivet.Step[In, Out], n int) iter.Seq2[Out, error] {
	return mapOf(ctx, seq, step, n, false)
}

// MapAsDone is Map with results in the order in which they are ready.
func MapAsDone[In, Out any](ctx context.Context, seq iter.Seq[In], step trivet.Step[In, Out], n int) iter.Seq2[Out, error] {
	return mapOf(ctx, seq, step, n, true)
}

func mapOf[In, Out any](ctx context.Context, seq iter.Seq[In], step trivet.Step[In, Out], n int, asDone bool) iter.Seq2[Out, error] {
	if err := checkAtOnce("Map", n); err != nil {
		return only[Out](err)
	}
	return Mapping[In, Out]{Rules: Rules{Max: n}, Step: step, AsDone: asDone}.Over(ctx, seq)
}

// Mapping is [Map] with settings: a name, a timeout for each item, a limit that
// is shared.
type Mapping[In, Out any] struct {
	// Rules are those of the group of all items. Max must have a bound. With
	// KeepGoing an error is yielded in the place of the result, and the loop
	// goes on.
	Rules Rules

	Step   trivet.Step[In, Out]
	AsDone bool // results come in the order in which they are ready
}

// ahead is how many items a Mapping has under way, for each one that it works on.
const ahead = 4

// Over yields what Step makes of the items of seq, as Map does.
func (m Mapping[In, Out]) Over(ctx context.Context, seq iter.Seq[In]) iter.Seq2[Out, error] {
	if m.Rules.Max == 0 {
		m.Rules.Max = DefaultMax
	}
	if err := checkAtOnce("Mapping", m.Rules.Max); err != nil {
		return only[Out](err)
	}
	return func(yield func(Out, error) bool) {
		l := loop[In, Out]{Mapping: m, ctx: ctx, window: ahead * m.Rules.Max, yield: yield}
		if m.AsDone {
			l.shared = make(chan result[Out], l.window)
		}
		err := m.Rules.Run(ctx, func(g *Group) error { return l.run(g, seq) })
		if err != nil && !l.stopped {
			var none Out
			yield(none, err)
		}
	}
}

// only yields an error.
func only[Out any](err error) iter.Seq2[Out, error] {
	return func(yield func(Out, error) bool) {
		var none Out
		yield(none, err)
	}
}

// checkAtOnce is for the functions that take how many at the same time.
func checkAtOnce(who string, n int) error {
	if n < 1 {
		return fmt.Errorf("scoped: %s with %d at the same time: it takes 1 or more", who, n)
	}
	return nil
}

// loop is one loop over the results of a Mapping.
type loop[In, Out any] struct {
	Mapping[In, Out]
	ctx     context.Context // of the loop
	window  int             // items under way
	yield   func(Out, error) bool
	stopped bool // by yield

	shared  chan result[Out]   // of all results, in the order in which they are ready; or nil
	pending []chan result[Out] // one for each item under way, in their order; all the same if shared
}

type result[Out any] struct {
	out Out
	err error // with KeepGoing
}

// A yielded error is known to the loop. The group does not need to keep it.
type yielded struct{ error }

func (y yielded) Unwrap() error { return y.error }

var errStopped = errors.New("scoped: the loop over the results has ended")

func (l *loop[In, Out]) run(g *Group, seq iter.Seq[In]) error {
	for v := range seq {
		if !l.yieldReady(g) {
			break
		}
		l.begin(g, v)
	}
	for !l.stopped && len(l.pending) > 0 && l.yieldNext(g) {
	}
	switch {
	case l.stopped:
		return errStopped
	case g.spawn.Err() != nil:
		return context.Cause(g.Context())
	}
	return nil
}

func (l *loop[In, Out]) begin(g *Group, v In) {
	to := l.shared
	if to == nil {
		to = make(chan result[Out], 1)
	}
	l.pending = append(l.pending, to)
	g.Go(func(ctx context.Context) error {
		out, err := l.Step(ctx, v)
		switch {
		case err == nil:
			to <- result[Out]{out: out} // has room
		case l.Rules.KeepGoing:
			to <- result[Out]{out, err}
			return yielded{err}
		}
		return err
	})
}

// yieldReady yields what is there, and makes room for one more item. It reports
// whether the loop goes on.
func (l *loop[In, Out]) yieldReady(g *Group) bool {
	for len(l.pending) > 0 && (len(l.pending) == l.window || len(l.pending[0]) > 0) {
		if !l.yieldNext(g) {
			return false
		}
	}
	return g.spawn.Err() == nil
}

// yieldNext waits for one result and yields it.
func (l *loop[In, Out]) yieldNext(g *Group) bool {
	r, ok := l.next(g)
	if !ok {
		return false
	}
	l.pending[0] = nil
	l.pending = l.pending[1:]
	l.stopped = !l.yield(r.out, r.err)
	return !l.stopped
}

// next waits for one result. If the loop is in a task, that lends its slots
// meanwhile, since the step may need them. What is there goes before the end of
// the context.
func (l *loop[In, Out]) next(g *Group) (r result[Out], ok bool) {
	select {
	case r = <-l.pending[0]:
		return r, true
	default:
	}
	Lend(l.ctx, func() {
		select {
		case r = <-l.pending[0]:
			ok = true
		case <-g.Context().Done():
		}
	})
	return r, ok
}
