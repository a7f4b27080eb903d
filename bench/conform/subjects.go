package main

import (
	"context"
	"sync"

	"github.com/alitto/pond/v2"
	"github.com/bytedance/gopkg/util/gopool"
	"github.com/gammazero/workerpool"
	"github.com/panjf2000/ants/v2"
	"github.com/samber/lo"
	"github.com/sourcegraph/conc"
	"github.com/sourcegraph/conc/pool"
	"golang.org/x/sync/errgroup"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/flow/pipeline"
	"github.com/trivet-go/trivet/state/async"
	"github.com/trivet-go/trivet/state/bounded"
	"github.com/trivet-go/trivet/task/scoped"
)

// A subject is one way to do something, in one or more of the shapes that
// probes know.
type subject struct {
	name string
	ours bool

	// group runs body, which starts tasks, at most limit at a time, and waits
	// for them.
	group func(ctx context.Context, limit int, body func(g tasks)) error

	// queue makes one for n items.
	queue func(n int) queue

	// stream sends 0, 1, 2 … for ever through step, on so many goroutines, and
	// yields the results in order, until yield returns false, or an error.
	stream func(ctx context.Context, workers int, source func(yield func(int) bool), step func(context.Context, int) (int, error), yield func(int) bool) error

	// future starts f and returns a function that waits for its result.
	future func(ctx context.Context, f task) func(ctx context.Context) error
}

type task = func(ctx context.Context) error

// tasks is a group at work.
type tasks struct {
	start func(f task)

	// nest starts f in the same group, or below the same limit, from inside a
	// task, and waits for it.
	nest func(ctx context.Context, f task) error
}

// byChannel nests by starting f and waiting at a channel for its end.
func byChannel(start func(f task)) func(context.Context, task) error {
	return func(_ context.Context, f task) error {
		done := make(chan error, 1)
		start(func(ctx context.Context) error {
			err := f(ctx)
			done <- err
			return err
		})
		return <-done
	}
}

// queue is one that waits under a context.
type queue struct {
	put   func(ctx context.Context, v int) error
	take  func(ctx context.Context) (int, error)
	close func()
}

func subjects() []subject {
	return []subject{
		{name: "trivet scoped", ours: true, group: scopedGroup},
		{name: "errgroup", group: errGroup},
		{name: "conc pool", group: concPool},
		{name: "conc.WaitGroup", group: concWaitGroup},
		{name: "pond", group: pondGroup},
		{name: "ants", group: antsPool},
		{name: "gopool", group: goPool},
		{name: "workerpool", group: workerPool},
		{name: "WaitGroup.Go", group: waitGroup},
		{name: "trivet bounded", ours: true, queue: boundedQueue},
		{name: "channel, select", queue: channelQueue},
		{name: "trivet pipeline", ours: true, stream: pipelineStream},
		{name: "trivet scoped.Map", ours: true, stream: mapStream},
		{name: "channels", stream: channelStream},
		{name: "trivet async.Go", ours: true, future: asyncFuture(async.Go[int, int])},
		{name: "trivet async.GoOrRun", ours: true, future: asyncFuture(async.GoOrRun[int, int])},
		{name: "lo.Async", future: loFuture},
	}
}

func scopedGroup(ctx context.Context, limit int, body func(tasks)) error {
	rules := scoped.Rules{Max: limit}
	return rules.Run(ctx, func(g *scoped.Group) error {
		body(tasks{start: g.Go, nest: func(ctx context.Context, f task) error {
			done := make(chan error, 1)
			if err := scoped.Go(ctx, func(ctx context.Context) error {
				err := f(ctx)
				done <- err
				return err
			}); err != nil {
				return err
			}
			var err error
			scoped.Lend(ctx, func() { err = <-done })
			return err
		}})
		return nil
	})
}

func errGroup(ctx context.Context, limit int, body func(tasks)) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(limit)
	start := func(f task) { g.Go(func() error { return f(ctx) }) }
	body(tasks{start, byChannel(start)})
	return g.Wait()
}

func concPool(ctx context.Context, limit int, body func(tasks)) error {
	p := pool.New().WithMaxGoroutines(limit).WithContext(ctx).WithCancelOnError()
	start := func(f task) { p.Go(f) }
	body(tasks{start, byChannel(start)})
	return p.Wait()
}

func concWaitGroup(ctx context.Context, _ int, body func(tasks)) error {
	var wg conc.WaitGroup
	start := func(f task) { wg.Go(func() { f(ctx) }) }
	body(tasks{start, byChannel(start)})
	wg.Wait()
	return nil
}

func pondGroup(ctx context.Context, limit int, body func(tasks)) error {
	p := pond.NewPool(limit)
	defer p.StopAndWait()
	g := p.NewGroupContext(ctx)
	start := func(f task) { g.SubmitErr(func() error { return f(g.Context()) }) }
	body(tasks{start, byChannel(start)})
	return g.Wait()
}

func antsPool(ctx context.Context, limit int, body func(tasks)) error {
	p, err := ants.NewPool(limit)
	if err != nil {
		return err
	}
	defer p.Release()
	var wg sync.WaitGroup
	start := func(f task) {
		wg.Add(1)
		p.Submit(func() { defer wg.Done(); f(ctx) })
	}
	body(tasks{start, byChannel(start)})
	wg.Wait()
	return nil
}

func goPool(ctx context.Context, limit int, body func(tasks)) error {
	p := gopool.NewPool("conform", int32(limit), gopool.NewConfig())
	var wg sync.WaitGroup
	start := func(f task) {
		wg.Add(1)
		p.Go(func() { defer wg.Done(); f(ctx) })
	}
	body(tasks{start, byChannel(start)})
	wg.Wait()
	return nil
}

func workerPool(ctx context.Context, limit int, body func(tasks)) error {
	p := workerpool.New(limit)
	start := func(f task) { p.Submit(func() { f(ctx) }) }
	body(tasks{start, byChannel(start)})
	p.StopWait()
	return nil
}

func waitGroup(ctx context.Context, _ int, body func(tasks)) error {
	var wg sync.WaitGroup
	start := func(f task) { wg.Go(func() { f(ctx) }) }
	body(tasks{start, byChannel(start)})
	wg.Wait()
	return nil
}

func boundedQueue(n int) queue {
	q := bounded.New(n, bounded.Rules[int]{})
	return queue{q.Put, q.Take, q.Close}
}

func channelQueue(n int) queue {
	c := make(chan int, n)
	return queue{
		put: func(ctx context.Context, v int) error {
			select {
			case c <- v:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		},
		take: func(ctx context.Context) (int, error) {
			select {
			case v, ok := <-c:
				if !ok {
					return 0, bounded.ErrClosed
				}
				return v, nil
			case <-ctx.Done():
				return 0, context.Cause(ctx)
			}
		},
		close: func() { close(c) },
	}
}

func asyncFuture(start func(context.Context, trivet.Step[int, int], int) *async.Future[int]) func(context.Context, task) func(context.Context) error {
	return func(ctx context.Context, f task) func(context.Context) error {
		future := start(ctx, func(ctx context.Context, _ int) (int, error) { return 0, f(ctx) }, 0)
		return func(ctx context.Context) error {
			_, err := future.Await(ctx)
			return err
		}
	}
}

func pipelineStream(ctx context.Context, workers int, source func(func(int) bool), step func(context.Context, int) (int, error), yield func(int) bool) error {
	r := pipeline.Through(pipeline.From(source), pipeline.Stage{Workers: workers, Ordered: true, Buffer: 4}, step).Run(ctx)
	for v := range r.All() {
		if !yield(v) {
			break
		}
	}
	return r.Err()
}

func mapStream(ctx context.Context, workers int, source func(func(int) bool), step func(context.Context, int) (int, error), yield func(int) bool) error {
	for v, err := range scoped.Map(ctx, source, step, workers) {
		if err != nil {
			return err
		}
		if !yield(v) {
			break
		}
	}
	return nil
}

// channelStream is what is often written: it does not think of an early end.
func channelStream(ctx context.Context, workers int, source func(func(int) bool), step func(context.Context, int) (int, error), yield func(int) bool) error {
	type result struct {
		v   int
		err error
	}
	in, out := make(chan int), make(chan result)
	go func() {
		defer close(in)
		source(func(v int) bool { in <- v; return true })
	}()
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for v := range in {
				v, err := step(ctx, v)
				out <- result{v, err}
			}
		})
	}
	go func() { wg.Wait(); close(out) }()
	for r := range out {
		if r.err != nil {
			return r.err
		}
		if !yield(r.v) {
			break
		}
	}
	return nil
}

func loFuture(ctx context.Context, f task) func(context.Context) error {
	c := lo.Async(func() error { return f(ctx) })
	return func(ctx context.Context) error {
		select {
		case err := <-c:
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
