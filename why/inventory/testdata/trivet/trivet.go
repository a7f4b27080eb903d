// Package trivet has each pattern built from the library.
package trivet

import (
	"cmp"
	"context"
	"slices"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/flow/actors"
	"github.com/trivet-go/trivet/flow/consume"
	"github.com/trivet-go/trivet/flow/pipeline"
	"github.com/trivet-go/trivet/flow/scatter"
	"github.com/trivet-go/trivet/state/async"
	"github.com/trivet-go/trivet/state/bounded"
	"github.com/trivet-go/trivet/state/csp"
	"github.com/trivet-go/trivet/state/guarded"
	"github.com/trivet-go/trivet/state/lockfree"
	"github.com/trivet-go/trivet/task/forkjoin"
	"github.com/trivet-go/trivet/task/limit"
	"github.com/trivet-go/trivet/task/mapreduce"
	"github.com/trivet-go/trivet/task/masterworker"
	"github.com/trivet-go/trivet/task/scoped"
	"github.com/trivet-go/trivet/task/stealing"
)

func double(_ context.Context, n int) (int, error) { return 2 * n, nil }

func all(ctx context.Context, items []int) error {
	return scoped.Run(ctx, func(g *scoped.Group) error { // is: fan-out/fan-in, trivet
		for _, i := range items {
			g.Go(func(ctx context.Context) error {
				_, err := double(ctx, i)
				return err
			})
		}
		return nil
	})
}

func mapped(ctx context.Context, items []int) (sum int) {
	for v, err := range scoped.Map(ctx, slices.Values(items), double, 4) { // is: fan-out/fan-in, trivet
		if err == nil {
			sum += v
		}
	}
	return sum
}

func flow(ctx context.Context, items []int) (sum int, err error) {
	s := pipeline.FromSlice(items) // is: pipeline, trivet
	s = pipeline.Through(s, pipeline.Stage{Name: "double", Workers: 4}, double)
	s = pipeline.Through(s, pipeline.Stage{Name: "again"}, double)
	r := s.Run(ctx)
	for v := range r.All() {
		sum += v
	}
	return sum, r.Err()
}

func queue(ctx context.Context, q consume.Queue[int]) error {
	_, err := consume.Each(ctx, q, func(context.Context, int) error { return nil }, consume.Rules[int]{}) // is: producer-consumer, trivet
	return err
}

func ask(merge func(scatter.Replies[int]) (int, error)) trivet.Step[int, int] {
	return scatter.Gather(scatter.Rules{}, merge, scatter.Shards(double, double)...) // is: scatter-gather, trivet
}

type state struct {
	counts guarded.Value[map[string]int] // is: mutex-guarded state, trivet
	config lockfree.Snapshot[int]        // is: atomics, trivet
	once   async.Shared[string, int]     // is: future, trivet
}

func small(ctx context.Context, c <-chan int) (sum int) {
	v := guarded.Of(1)                         // is: mutex-guarded state, trivet
	l := limit.New(4)                          // is: semaphore, trivet
	q := bounded.New(10, bounded.Rules[int]{}) // is: bounded queue, trivet
	f := async.Go(ctx, double, 1)              // is: future, trivet
	for i := range csp.OrDone(ctx, c) {        // is: joined channels, trivet
		sum += i
	}
	v.Do(func(n *int) { *n += sum })
	l.Set(2)
	q.Close()
	n, _ := f.Await(ctx)
	return n + v.Load()
}

func sum(c *forkjoin.Branch[[]int, int], items []int) int {
	if len(items) < 2 {
		return items[0]
	}
	half := len(items) / 2
	x, y := c.Both(items[:half], items[half:])
	return x + y
}

func recurse(ctx context.Context, items []int) (int, error) {
	return forkjoin.Recurse(ctx, sum, items) // is: fork-join, trivet
}

func sorted(ctx context.Context, items []int) error {
	return forkjoin.Sort(ctx, items, cmp.Compare[int]) // is: fork-join, trivet
}

func planned(p forkjoin.Plan[[]int, int]) trivet.Step[[]int, int] {
	return p.Step() // is: fork-join, trivet
}

func stolen(ctx context.Context, body func(*stealing.Stack[int, int], int) int) (int, error) {
	return stealing.Run(ctx, body, 36) // is: fork-join, trivet
}

func master(ctx context.Context) (*masterworker.Master[int, int], error) {
	return masterworker.Open(ctx, masterworker.Rules[int, int]{Tries: 5}) // is: master-worker, trivet
}

func work(ctx context.Context, to masterworker.Link[int, int]) error {
	return masterworker.Work(ctx, to, double, masterworker.Worker{Slots: 8}) // is: master-worker, trivet
}

func counted(ctx context.Context, job mapreduce.Job[string, string, int, int], texts []string) (map[string]int, error) {
	return job.Run(ctx, mapreduce.Slice(texts)).Collect() // is: map-reduce, trivet
}

func household(ctx context.Context) error {
	s := actors.New(ctx, actors.Rules{}) // is: actor loop, trivet
	return s.Close()
}
