package mapreduce

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/task/forkjoin"
	"github.com/trivet-go/trivet/task/stealing"
)

// A run is one run of a job.
type run[In any, K comparable, V, R any] struct {
	Job[In, K, V, R]
	source   Source[In]
	user     context.Context
	hooks    *trivet.Hooks
	stats    *Stats
	seeds    seeds
	textual  bool
	keys     coder[K]
	values   coder[V]
	feed     feed[In]
	progress *progress
	workers  int
	store    *store      // nil if nothing may be spilled
	weighed  bool        // values point to something
	tree     *tree[K, V] // nil unless the order matters

	mu   sync.Mutex // guards outs, for an append at a time
	outs []*Out[K, V]
}

// nothing is the result of pieces of work that have none.
type nothing = struct{}

// results maps the input, merges what the workers have, and yields.
func (r *run[In, K, V, R]) results(sorted bool, yield func(K, R) bool) (err error) {
	if r.feed, err = r.source.open(r.user); err != nil {
		return err
	}
	ctx := r.user
	if r.Name != "" {
		ctx = stealing.Named(ctx, r.Name)
	}
	if r.Memory > 0 {
		r.store = newStore(r.Temp, sorted)
		defer r.store.close()
	}
	if err := r.mapAll(ctx); err != nil {
		return err
	}
	if r.store != nil && len(r.store.runs) > 0 {
		return r.yieldSpilled(ctx, sorted, yield)
	}
	shares, err := r.mergeAll(ctx, sorted)
	if err != nil {
		return err
	}
	yieldAll(shares, sorted, yield)
	return nil
}

// mapAll maps the whole input, into a table for each worker.
func (r *run[In, K, V, R]) mapAll(ctx context.Context) (err error) {
	defer func() {
		// A worker that is stuck in Map may still look at what is open.
		if stuck := (*trivet.StuckError)(nil); !errors.As(err, &stuck) {
			r.feed.close()
		}
	}()
	r.progress = newProgress(r.hooks, r.Name, r.feed)
	r.workers = runtime.GOMAXPROCS(0)
	if r.Workers > 0 {
		r.workers = min(r.workers, r.Workers)
	}
	if r.Ordered {
		r.tree = newTree[K](r.Combine)
	}
	_, err = forkjoin.Recurse(ctx, r.work, r.workers)
	if err == nil && r.tree != nil {
		var out *Out[K, V]
		if out, err = r.tree.fold(r.tree.parts, 0); out != nil {
			r.outs = append(r.outs, out)
		}
	}
	r.progress.end()
	r.stats.Read, r.stats.Skipped = r.progress.done.Load(), r.progress.skipped.Load()
	return err
}

// each calls f for all of n, at the same time if somebody helps, and returns one of
// its errors.
func (r *run[In, K, V, R]) each(ctx context.Context, n int, f func(i int) error) error {
	errs := make([]error, n)
	err := forkjoin.For(ctx, n, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			errs[i] = f(i)
		}
	})
	if err != nil {
		return err
	}
	for _, err := range errs {
		if err != nil {
			return r.wrap(err)
		}
	}
	return nil
}

// work is what a worker does. Before, it offers the same to the others of those who
// may work at the same time.
func (r *run[In, K, V, R]) work(c *forkjoin.Branch[int, nothing], workers int) (_ nothing) {
	var others forkjoin.Forked
	if workers > 1 {
		others = c.Fork(workers - 1)
	}
	if err := r.mapPieces(c); err != nil {
		c.Fail(err)
	}
	if workers > 1 {
		c.Join(others)
	}
	return
}

// mapPieces maps pieces for as long as there are any, into one table; or each into
// its own, if their order matters.
func (r *run[In, K, V, R]) mapPieces(c *forkjoin.Branch[int, nothing]) error {
	t := r.feed.worker()
	var out *Out[K, V]
	for {
		c.Poll()
		p, ok, err := t.take(c, c.Block)
		if err != nil {
			return r.wrap(err)
		}
		if !ok {
			return nil
		}
		if out == nil || r.tree != nil {
			out = r.outFor(c, &p)
		}
		if err := t.done(&p, r.mapPiece(&p, out)); err != nil {
			return r.wrap(err)
		}
		out.weigh(p.size)
		err = out.err
		if err == nil && r.tree != nil {
			err = r.tree.add(p.part, p.number, p.last, out) // out is the tree's from here on
		}
		if err != nil {
			return r.wrap(err)
		}
		r.progress.add(p.size, p.faulty)
	}
}

func (r *run[In, K, V, R]) wrap(err error) error {
	if err == nil || r.Name == "" {
		return err
	}
	return &trivet.StepError{Name: r.Name, Err: err}
}

// mapPiece maps what stands in a piece.
func (r *run[In, K, V, R]) mapPiece(p *piece[In], out *Out[K, V]) (err error) {
	if p.mapped {
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
		defer func() {
			if fault := faultToError(recover()); fault != nil {
				err = fault
			}
		}()
	}
	for _, in := range p.in {
		if out.ctx.Err() != nil {
			return context.Cause(out.ctx)
		}
		if err := r.Map(in, out); err != nil {
			return err
		}
	}
	return nil
}

// faultToError makes an error of a fault at an address: what was mapped into memory
// is not there any more. Any other panic goes on.
func faultToError(recovered any) error {
	if recovered == nil {
		return nil
	}
	if fault, ok := recovered.(interface{ Addr() uintptr }); ok {
		return fmt.Errorf("the mapped file cannot be read; was it truncated? (fault at %#x)", fault.Addr())
	}
	panic(recovered)
}

// outFor returns the table for a piece: a worker's, or one of the piece alone.
func (r *run[In, K, V, R]) outFor(ctx context.Context, p *piece[In]) *Out[K, V] {
	if r.tree == nil {
		out := r.newOut(ctx)
		r.mu.Lock()
		defer r.mu.Unlock()
		out.order.part = len(r.outs)
		r.outs = append(r.outs, out)
		return out
	}
	out := r.tree.take()
	if out == nil {
		out = r.newOut(ctx)
	}
	out.ctx, out.order, out.flushed, out.unweighed = ctx, order{part: p.part, number: p.number}, false, 0
	return out
}

func (r *run[In, K, V, R]) newOut(ctx context.Context) *Out[K, V] {
	out := &Out[K, V]{
		table:   *newTable[V](r.seeds, 0),
		ctx:     ctx,
		keys:    r.keys,
		combine: r.Combine,
		textual: r.textual,
	}
	if r.store != nil {
		out.store, out.values, out.weighed = r.store, r.values, r.weighed
		out.limit = r.limit()
		out.full = out.flush
	}
	return out
}

// limit is what the table of a worker may weigh. If the order matters it is what the
// table of a piece may weigh: the same on any machine, so that the same is spilled.
func (r *run[In, K, V, R]) limit() int {
	tables := int64(r.workers)
	if r.tree != nil {
		tables = orderedTables
	}
	return int(max(r.Memory/tables, 1))
}

// orderedTables is about how many tables there are at a time if the order matters.
const orderedTables = 32
