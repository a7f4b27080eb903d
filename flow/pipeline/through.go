package pipeline

import (
	"context"

	"github.com/trivet-go/trivet"
)

// A Flow is the one-to-many shape of work: it gives emit any number of outputs
// for one input. An error of emit must be returned. emit must not be kept.
type Flow[In, Out any] func(ctx context.Context, in In, emit func(Out) error) error

// FromStep makes a Flow that emits what step returns.
func FromStep[In, Out any](step trivet.Step[In, Out]) Flow[In, Out] {
	return func(ctx context.Context, in In, emit func(Out) error) error {
		out, err := step(ctx, in)
		if err != nil {
			return err
		}
		return emit(out)
	}
}

// Through sends every item of s through step. The first error ends the run; see
// [Try] and [Divert] for errors that do not.
func Through[In, Out any](s Stream[In], st Stage, step trivet.Step[In, Out]) Stream[Out] {
	n := newNode(st, s)
	p := addPort[Out](n, "")
	reads(n, step, []Stream[In]{s}, func(r *run, w *worker) func([]In) error {
		return through(w, step, outletOf(r, w, p))
	})
	return Stream[Out]{p}
}

// through is each with step and put in the loop: it is what most stages do.
func through[In, Out any](w *worker, step trivet.Step[In, Out], out *outlet[Out]) func([]In) error {
	ctx := w.ctx
	step = limited(w, step)
	return func(batch []In) error {
		for i := range batch {
			if err := w.begins(); err != nil {
				return err
			}
			result, err := step(ctx, batch[i])
			if err != nil {
				return w.stage.wrap(err)
			}
			if err := out.put(result); err != nil {
				return err
			}
		}
		return nil
	}
}

// Map is [Through] for functions that compute and never wait, as their missing
// context says: results then travel in batches too, which is cheaper. A
// function that does wait holds up the results before its own as well.
func Map[In, Out any](s Stream[In], st Stage, f func(In) (Out, error)) Stream[Out] {
	n := newNode(st, s)
	p := addPort[Out](n, "")
	reads(n, f, []Stream[In]{s}, func(r *run, w *worker) func([]In) error {
		out := outletOf(r, w, p)
		return func(batch []In) error {
			for i := range batch {
				if err := w.begins(); err != nil {
					return err
				}
				result, err := f(batch[i])
				if err != nil {
					return w.stage.wrap(err)
				}
				if err := out.putSoon(result); err != nil {
					return err
				}
			}
			out.publish()
			return nil
		}
	})
	return Stream[Out]{p}
}

// Filter keeps the items for which keep is true. Like the function of [Map],
// keep never waits.
func Filter[T any](s Stream[T], st Stage, keep func(T) bool) Stream[T] {
	n := newNode(st, s)
	p := addPort[T](n, "")
	reads(n, keep, []Stream[T]{s}, func(r *run, w *worker) func([]T) error {
		out := outletOf(r, w, p)
		keeping := each(w, func(v T) error {
			if !keep(v) {
				return nil
			}
			return out.putSoon(v)
		})
		return func(batch []T) error {
			err := keeping(batch)
			out.publish()
			return err
		}
	})
	return Stream[T]{p}
}

// Via sends every item of s through flow, which turns it into any number of
// others.
func Via[In, Out any](s Stream[In], st Stage, flow Flow[In, Out]) Stream[Out] {
	n := newNode(st, s)
	p := addPort[Out](n, "")
	reads(n, flow, []Stream[In]{s}, func(r *run, w *worker) func([]In) error {
		out, flow := outletOf(r, w, p), limitedFlow(w, flow)
		return each(w, func(v In) error {
			err := flow(w.ctx, v, out.emit)
			if out.refused != nil {
				return out.refused
			}
			return w.stage.wrap(err)
		})
	})
	return Stream[Out]{p}
}

// InBatches sends the items of s through f in slices, as many at once as there
// are, up to Stage.Batch: for work that has a price a call. f must not keep
// the slice.
func InBatches[In, Out any](s Stream[In], st Stage, f trivet.Step[[]In, []Out]) Stream[Out] {
	n := newNode(st, s)
	p := addPort[Out](n, "")
	reads(n, f, []Stream[In]{s}, func(r *run, w *worker) func([]In) error {
		out, f := outletOf(r, w, p), limited(w, f)
		return func(batch []In) error {
			if err := w.begins(); err != nil {
				return err
			}
			w.in += int64(len(batch) - 1)
			results, err := f(w.ctx, batch)
			if err != nil {
				return w.stage.wrap(err)
			}
			err = out.putAllSoon(results)
			out.publish()
			return err
		}
	})
	return Stream[Out]{p}
}

// Into ends s: every item goes to f. The first error ends the run.
func Into[In any](s Stream[In], st Stage, f func(context.Context, In) error) Sink {
	n := newNode(st, s)
	reads(n, f, []Stream[In]{s}, func(_ *run, w *worker) func([]In) error {
		step := limited(w, func(ctx context.Context, v In) (struct{}, error) { return struct{}{}, f(ctx, v) })
		return each(w, func(v In) error {
			_, err := step(w.ctx, v)
			return w.stage.wrap(err)
		})
	})
	return Sink{n}
}

// each makes a function for batches of one for items.
func each[In any](w *worker, f func(In) error) func([]In) error {
	return func(batch []In) error {
		for _, v := range batch {
			if err := w.begins(); err != nil {
				return err
			}
			if err := f(v); err != nil {
				return err
			}
		}
		return nil
	}
}
