package pipeline

import (
	"context"
	"iter"
	"slices"

	"github.com/trivet-go/trivet/state/bounded"
)

// A Stream describes a flow of values up to one point. It holds no values and
// no goroutines: those exist while a [Results] is read. A stream is read by one
// stage, or by one run; [Tee] and [Branch] make several of one.
//
// Streams are made once and can be run again and again, also at the same
// time, as far as their sources can.
type Stream[T any] struct{ port *port[T] }

// From is a stream of what seq yields. seq runs on a goroutine of its own and is
// stopped, by yield returning false, when the run ends early. While seq waits
// for something it cannot be stopped: if that may take long use [Generate].
func From[T any](seq iter.Seq[T]) Stream[T] {
	return source("source", seq, func(w *worker, out *outlet[T]) (err error) {
		for v := range seq {
			if err = out.emitOne(v); err != nil {
				break
			}
		}
		return err
	})
}

// FromSlice is a stream of the items of all. They are read while a run goes on.
func FromSlice[T any](all []T) Stream[T] {
	return FromBatches(func(yield func([]T) bool) { yield(all) })
}

// FromBatches is a stream of the items of the slices that seq yields. It costs
// less an item than [From]. A slice may be used again when its yield returns.
func FromBatches[T any](seq iter.Seq[[]T]) Stream[T] {
	return source("source", seq, func(w *worker, out *outlet[T]) (err error) {
		for batch := range seq {
			if err = out.emitAll(batch); err != nil {
				break
			}
		}
		return err
	})
}

// Generate is a stream of what generate yields. It must stop when ctx is done
// or yield has returned false. An error ends the run.
func Generate[T any](name string, generate func(ctx context.Context, yield func(T) bool) error) Stream[T] {
	return source(name, generate, func(w *worker, out *outlet[T]) error {
		var refused error
		err := generate(w.ctx, func(v T) bool {
			if refused == nil {
				refused = out.emitOne(v)
			}
			return refused == nil
		})
		if refused != nil {
			return refused
		}
		return w.stage.wrap(err)
	})
}

// FromChan is a stream of what comes out of c until it is closed. When the run
// ends early c is left alone: the item that the run has taken last may be
// lost, and whoever sends must be told by other means.
func FromChan[T any](c <-chan T) Stream[T] {
	return source("source", c, func(w *worker, out *outlet[T]) error {
		for {
			v, ok, err := receive(w, c)
			if !ok {
				return err
			}
			if err := out.emitOne(v); err != nil {
				return err
			}
		}
	})
}

// FromQueue is a stream of what is in q and comes into it, until it is closed and
// empty. Several runs, and others, may take from q at the same time. When the
// run ends early what it has not taken stays in q.
func FromQueue[T any](q *bounded.Queue[T]) Stream[T] {
	return source("source", q, func(w *worker, out *outlet[T]) error {
		buf := make([]T, min(booksEvery, q.Cap()))
		for {
			w.blocks()
			n, err := q.TakeUpTo(w.ctx, buf)
			w.unblocks(&w.stage.starved)
			switch {
			case err == bounded.ErrClosed:
				return nil
			case err != nil:
				return err
			}
			if err := out.emitAll(buf[:n]); err != nil {
				return err
			}
			clear(buf[:n])
		}
	})
}

func receive[T any](w *worker, c <-chan T) (v T, ok bool, err error) {
	select {
	case v, ok = <-c:
		return v, ok, nil
	default:
	}
	w.blocks()
	defer w.unblocks(&w.stage.starved)
	select {
	case v, ok = <-c:
		return v, ok, nil
	case <-w.ctx.Done():
		return v, false, context.Cause(w.ctx)
	}
}

// source makes a node without input. what is named if it is stuck.
func source[T any](name string, what any, produce func(*worker, *outlet[T]) error) Stream[T] {
	n := &node{stage: Stage{Name: name}, workers: 1, connect: func(*run) {}}
	p := addPort[T](n, "")
	n.start = func(r *run, s *stageRun) {
		r.work(s, what, func(w *worker, _ int) error { return produce(w, outletOf(r, w, p)) })
	}
	return Stream[T]{p}
}

// booksEvery is how many items a source puts between two entries in its books.
const booksEvery = 256

// emitOne is put for a source.
func (o *outlet[T]) emitOne(v T) error {
	w := o.worker
	if w.cancelled() {
		return context.Cause(w.ctx)
	}
	if w.out >= booksEvery {
		w.endBatch()
	}
	return o.put(v)
}

func (o *outlet[T]) emitAll(all []T) error {
	w := o.worker
	for part := range slices.Chunk(all, booksEvery) {
		if w.cancelled() {
			return context.Cause(w.ctx)
		}
		if err := o.putAllSoon(part); err != nil {
			return err
		}
		o.publish()
		w.endBatch()
	}
	return nil
}
