package mapreduce

import (
	"context"
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
	feed     feed[In]
	progress *progress

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
	if err := r.mapAll(ctx); err != nil {
		return err
	}
	parts, err := r.mergeAll(ctx, sorted)
	if err != nil {
		return err
	}
	yieldAll(parts, sorted, yield)
	return nil
}

// mapAll maps the whole input, into a table for each worker.
func (r *run[In, K, V, R]) mapAll(ctx context.Context) error {
	defer r.feed.close()
	r.progress = newProgress(r.hooks, r.Name, r.feed)
	workers := runtime.GOMAXPROCS(0)
	if r.Workers > 0 {
		workers = min(workers, r.Workers)
	}
	_, err := forkjoin.Recurse(ctx, r.work, workers)
	r.progress.end()
	r.stats.Read, r.stats.Skipped = r.progress.done.Load(), r.progress.skipped.Load()
	return err
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
		if out == nil {
			out = r.newOut(c)
		}
		if err := t.done(&p, r.mapPiece(&p, out)); err != nil {
			return r.wrap(err)
		}
		r.progress.add(p.size, p.faulty)
	}
}

func (r *run[In, K, V, R]) wrap(err error) error {
	if r.Name == "" {
		return err
	}
	return &trivet.StepError{Name: r.Name, Err: err}
}

// mapPiece maps what stands in a piece.
func (r *run[In, K, V, R]) mapPiece(p *piece[In], out *Out[K, V]) (err error) {
	if p.mapped {
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
		defer faultToError(&err)
	}
	for _, in := range p.in {
		if err := r.Map(in, out); err != nil {
			return err
		}
	}
	return nil
}

// faultToError makes an error of a fault at an address: what was mapped into memory
// is not there any more.
func faultToError(err *error) {
	v := recover()
	if v == nil {
		return
	}
	if fault, ok := v.(interface{ Addr() uintptr }); ok {
		*err = fmt.Errorf("mapreduce: the mapped file cannot be read; was it truncated? (fault at %#x)", fault.Addr())
		return
	}
	panic(v)
}

func (r *run[In, K, V, R]) newOut(ctx context.Context) *Out[K, V] {
	out := &Out[K, V]{
		table:   *newTable[V](r.seeds, 0),
		ctx:     ctx,
		keys:    r.Codec.Key,
		combine: r.Combine,
		textual: r.textual,
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.outs = append(r.outs, out)
	return out
}
