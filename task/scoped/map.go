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
	return mapped(ctx, seq, step, n, false)
}

// MapAsDone is Map with results in the order in which they are ready.
func MapAsDone[In, Out any](ctx context.Context, seq iter.Seq[In], step trivet.Step[In, Out], n int) iter.Seq2[Out, error] {
	return mapped(ctx, seq, step, n, true)
}

// ahead is how many items a Map has under way, for each one that it works on.
const ahead = 4

func mapped[In, Out any](ctx context.Context, seq iter.Seq[In], step trivet.Step[In, Out], n int, asDone bool) iter.Seq2[Out, error] {
	return func(yield func(Out, error) bool) {
		var none Out
		if err := checkAtOnce("Map", n); err != nil {
			yield(none, err)
			return
		}
		m := mapping[In, Out]{ctx: ctx, step: step, limit: ahead * n, yield: yield}
		if asDone {
			m.shared = make(chan Out, m.limit)
		}
		err := Rules{Max: n}.Run(ctx, func(g *Group) error { return m.run(g, seq) })
		if err != nil && !m.stopped {
			yield(none, err)
		}
	}
}

// mapping is one loop over the results of a Map.
type mapping[In, Out any] struct {
	ctx     context.Context // of the loop
	step    trivet.Step[In, Out]
	limit   int
	yield   func(Out, error) bool
	stopped bool // by yield

	shared  chan Out   // of all results, in the order in which they are ready; or nil
	pending []chan Out // one for each item under way, in their order; all the same if shared
}

var errStopped = errors.New("scoped: the loop over the results has ended")

func (m *mapping[In, Out]) run(g *Group, seq iter.Seq[In]) error {
	for v := range seq {
		if !m.yieldReady(g) {
			break
		}
		result := m.shared
		if result == nil {
			result = make(chan Out, 1)
		}
		m.pending = append(m.pending, result)
		g.Go(func(ctx context.Context) error {
			out, err := m.step(ctx, v)
			if err == nil {
				result <- out // has room
			}
			return err
		})
	}
	for !m.stopped && len(m.pending) > 0 && m.yieldNext(g) {
	}
	switch {
	case m.stopped:
		return errStopped
	case g.spawn.Err() != nil:
		return context.Cause(g.Context())
	}
	return nil
}

// yieldReady yields what is there, and makes room for one more item. It reports
// whether the loop goes on.
func (m *mapping[In, Out]) yieldReady(g *Group) bool {
	for len(m.pending) > 0 && (len(m.pending) == m.limit || len(m.pending[0]) > 0) {
		if !m.yieldNext(g) {
			return false
		}
	}
	return g.spawn.Err() == nil
}

// yieldNext waits for one result and yields it.
func (m *mapping[In, Out]) yieldNext(g *Group) bool {
	out, ok := m.next(g)
	if !ok {
		return false
	}
	m.pending[0] = nil
	m.pending = m.pending[1:]
	m.stopped = !m.yield(out, nil)
	return !m.stopped
}

// next waits for one result. If the loop is in a task, that lends its slots
// meanwhile, since the step may need them. What is there goes before the end of
// the context.
func (m *mapping[In, Out]) next(g *Group) (out Out, ok bool) {
	select {
	case out = <-m.pending[0]:
		return out, true
	default:
	}
	Lend(m.ctx, func() {
		select {
		case out = <-m.pending[0]:
			ok = true
		case <-g.Context().Done():
		}
	})
	return out, ok
}

// checkAtOnce is for the functions that take how many at the same time.
func checkAtOnce(who string, n int) error {
	if n < 1 {
		return fmt.Errorf("scoped: %s with %d at the same time: it takes 1 or more", who, n)
	}
	return nil
}
