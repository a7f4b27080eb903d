package pipeline

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/spawn"
)

// run is one run of a description.
type run struct {
	ctx    context.Context
	group  *spawn.Group
	hooks  *trivet.Hooks
	edges  map[any]any // *edge[T] by *port[T]
	nodes  []*node     // in the order in which they were found
	known  map[*node]*stageRun
	stages []*stageRun // as nodes
	errs   []error     // mistakes in the description
}

func newRun(ctx context.Context) *run {
	return &run{ctx: ctx, hooks: trivet.HooksFrom(ctx), edges: map[any]any{}, known: map[*node]*stageRun{}}
}

// connect makes the edge between a port and the stage s, which reads it, and
// visits the node of the port.
func connect[T any](r *run, p *port[T], st Stage, readers int) *edge[T] {
	if _, twice := r.edges[p]; twice {
		r.errs = append(r.errs, fmt.Errorf("pipeline: stage %q reads a stream that another one reads already: use Tee", st.Name))
	}
	e := newEdge[T](st, p.node.writers(), readers, r.hooks)
	r.edges[p] = e
	r.visit(p.node)
	s := r.known[p.node]
	s.closes = append(s.closes, e.close)
	return e
}

// edgeOf returns the edge behind a port.
func edgeOf[T any](r *run, p *port[T]) *edge[T] { return r.edges[p].(*edge[T]) }

func (r *run) visit(n *node) {
	if r.known[n] != nil {
		return
	}
	s := &stageRun{Stage: n.stage, workers: n.workers, depth: n.depth, hooks: r.hooks}
	r.known[n] = s
	r.nodes = append(r.nodes, n)
	r.stages = append(r.stages, s)
	if n.err != nil {
		r.errs = append(r.errs, n.err)
	}
	n.connect(r)
}

// check finds streams without a reader.
func (r *run) check() {
	for _, n := range r.nodes {
		for _, out := range n.outs {
			if r.edges[out.port] == nil {
				r.errs = append(r.errs, fmt.Errorf("pipeline: nobody reads the stream %q of stage %q: give Run a sink for it", out.name, n.stage.Name))
			}
		}
	}
}

func (r *run) start() {
	r.group = spawn.New(r.ctx, spawn.Rules{})
	for _, n := range r.nodes {
		n.start(r, r.known[n])
	}
}

// order returns the stages, those near the sources first.
func (r *run) order() []*stageRun {
	return slices.SortedStableFunc(slices.Values(r.stages), func(a, b *stageRun) int { return a.depth - b.depth })
}

// work runs f on every worker of s. The edges behind s are closed when all of
// them have returned nil; if one fails the whole run is cancelled instead, so
// that nobody takes a part of the stream for all of it.
func (r *run) work(s *stageRun, what any, f func(w *worker, i int) error) {
	s.alive.Store(int64(s.workers))
	for i := range s.workers {
		r.group.Start(spawn.Task{Name: s.Name, Func: what, Run: func(ctx context.Context) error {
			w := newWorker(ctx, r.group, s)
			err := f(w, i)
			w.endBatch()
			if err == nil && s.alive.Add(-1) == 0 {
				s.end(w.mark)
			}
			return err
		}})
	}
}

func newWorker(ctx context.Context, g *spawn.Group, s *stageRun) *worker {
	w := &worker{ctx: ctx, group: g, stage: s, mark: time.Now()}
	if s.order != nil {
		w.order = &turn{order: s.order, worker: w}
	}
	return w
}

// end is called when the last worker is done.
func (s *stageRun) end(now time.Time) {
	for _, close := range s.closes {
		close()
	}
	if s.hooks.Stage != nil || s.hooks.Queue != nil {
		s.tell(now)
	}
}

// wrap says in which stage err came up.
func (s *stageRun) wrap(err error) error {
	if err == nil {
		return nil
	}
	if s.hooks.ItemError != nil {
		s.hooks.ItemError(trivet.ItemErrorInfo{Name: s.Name, Err: err})
	}
	return &trivet.StepError{Name: s.Name, Err: err}
}

// A Sink is where a stream ends inside a run. See [Into].
type Sink struct{ node *node }

// Run makes a run that works through all of the sinks.
func Run(ctx context.Context, sinks ...Sink) *Results[struct{}] {
	return Stream[struct{}]{}.Run(ctx, sinks...)
}

// Run makes a run whose results are the values of s. Nothing starts before the
// results are read. Streams that were made beside s by [Tee], [Branch] and the
// like need a reader too: a sink.
func (s Stream[T]) Run(ctx context.Context, sinks ...Sink) *Results[T] {
	return &Results[T]{ctx: ctx, stream: s, sinks: sinks}
}

// Results is one run of a stream, read by one goroutine. Stats may be called by
// others.
type Results[T any] struct {
	ctx    context.Context
	stream Stream[T]
	sinks  []Sink
	begun  atomic.Bool
	run    atomic.Pointer[run]
	err    error
}

// errStopped cancels a run whose reader has had enough.
var errStopped = errors.New("pipeline: the reader stopped")

// All starts the run and yields its values as they come. When the loop ends,
// by itself, by break, or by a panic in its body, everything that the run has
// started has ended: what is still under way is cancelled and waited for.
// After that Err tells how the run went.
//
// A step that panics makes All panic with a [*trivet.PanicError].
//
// All can be read once: the second loop gets nothing, and Err says so. Run the
// stream again instead.
func (r *Results[T]) All() iter.Seq[T] {
	return func(yield func(T) bool) {
		if !r.begun.CompareAndSwap(false, true) {
			r.err = errors.Join(r.err, errors.New("pipeline: the results of a run can be read once: call Run again"))
			return
		}
		running, last, out := r.describe()
		r.run.Store(running)
		if r.err = errors.Join(running.errs...); r.err != nil {
			return
		}
		defer running.lendWhileRunning()()
		running.start()
		stopped := true // unless the loop below says otherwise
		defer func() { r.end(stopped) }()
		stopped = out != nil && !out.yieldAll(newWorker(running.group.Context(), running.group, last), yield)
	}
}

// describe finds all that is to run, and adds the reader as a last stage.
func (r *Results[T]) describe() (*run, *stageRun, *edge[T]) {
	running := newRun(r.ctx)
	for _, sink := range r.sinks {
		running.visit(sink.node)
	}
	if r.stream.port == nil {
		running.check()
		return running, nil, nil
	}
	last := &stageRun{Stage: Stage{Name: "results"}, workers: 1, depth: math.MaxInt, hooks: running.hooks}
	out := connect(running, r.stream.port, last.Stage, 1)
	last.fill = append(last.fill, out.fill)
	running.stages = append(running.stages, last)
	running.check()
	return running, last, out
}

// yieldAll yields all items and reports whether the reader wanted them all.
func (e *edge[T]) yieldAll(w *worker, yield func(T) bool) bool {
	buf := make([]T, w.stage.batch())
	for {
		n, _, _ := e.take(w, buf)
		if n == 0 {
			w.endBatch()
			return true
		}
		for i, v := range buf[:n] {
			w.in++
			if !yield(v) {
				return false
			}
			var none T
			buf[i] = none
		}
		w.endBatch()
	}
}

// end joins the run. A reader that stopped is no failure.
func (r *Results[T]) end(stopped bool) {
	running := r.run.Load()
	if stopped {
		running.group.Cancel(errStopped)
	}
	if err := running.group.Wait(); err != errStopped {
		r.err = err
	}
}

// Err returns the error that ended the run: the first cause, with what else
// went wrong joined to it, and nil if the stream came to its end or its reader
// stopped. It must not be called while All yields.
func (r *Results[T]) Err() error {
	if !r.begun.Load() {
		return errors.New("pipeline: nothing has run: read All, or call Wait, before Err")
	}
	return r.err
}

// Wait reads the results to the end, without looking at them, and returns Err.
func (r *Results[T]) Wait() error {
	for range r.All() {
	}
	return r.Err()
}

// Stats returns how each stage has done so far, those near the sources first.
// It may be called at any time, by any goroutine.
func (r *Results[T]) Stats() []Stats {
	running := r.run.Load()
	if running == nil {
		return nil
	}
	var all []Stats
	for _, s := range running.order() {
		all = append(all, s.stats())
	}
	return all
}
