package flow_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/flow/consume"
	"github.com/trivet-go/trivet/flow/pipeline"
	"github.com/trivet-go/trivet/flow/scatter"
	"github.com/trivet-go/trivet/state/async"
	"github.com/trivet-go/trivet/state/bounded"
	"github.com/trivet-go/trivet/state/guarded"
	"github.com/trivet-go/trivet/task/limit"
	"github.com/trivet-go/trivet/task/scoped"
)

const ms = time.Millisecond

var errFault = errors.New("fault")

// index is a shard: a word list behind a lock, and how often it was asked.
type index struct {
	words *guarded.Value[[]string]
	asked *guarded.Value[int]
}

func newIndex(words ...string) index {
	return index{guarded.Of(words), guarded.Of(0)}
}

// find takes a millisecond of virtual time and counts, under two locks at once.
func (x index) find(ctx context.Context, prefix string) (hits []string, err error) {
	select {
	case <-time.After(ms):
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	guarded.Do2(x.asked, x.words, func(asked *int, words *[]string) {
		*asked++
		for _, w := range *words {
			if strings.HasPrefix(w, prefix) {
				hits = append(hits, w)
			}
		}
	})
	slices.Sort(hits)
	return hits, nil
}

// search is a stage whose step asks all shards, each of them two replicas.
func search(queries pipeline.Stream[string], st pipeline.Stage, shards ...index) pipeline.Stream[[]string] {
	var steps []trivet.Step[string, []string]
	for _, x := range shards {
		steps = append(steps, scatter.Replicas(scatter.Hedge{After: 10 * ms}, x.find, x.find))
	}
	return pipeline.Through(queries, st, scatter.Gather(scatter.Rules{}, scatter.TopK(3, strings.Compare), scatter.Shards(steps...)...))
}

func TestAStageThatScattersOverGuardedState(t *testing.T) {
	var want []string
	for _, workers := range []int{1, 2, 5} {
		synctest.Test(t, func(t *testing.T) {
			shards := []index{newIndex("cat", "cow"), newIndex("dog", "cab", "cod"), newIndex("cub")}
			var queries []string
			for i := range 100 {
				queries = append(queries, []string{"c", "d", "co", "x"}[i%4])
			}
			begin := time.Now()
			r := search(pipeline.FromSlice(queries), pipeline.Stage{Name: "search", Workers: workers, Ordered: true}, shards...).Run(context.Background())
			var got []string
			for hits := range r.All() {
				got = append(got, fmt.Sprint(hits))
			}
			if err := r.Err(); err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want = got
			}
			if !slices.Equal(got, want) || got[0] != "[cab cat cod]" || len(got) != 100 {
				t.Errorf("%d workers: %d answers, the first %v", workers, len(got), got[0])
			}
			if took := time.Since(begin); took != time.Duration(100/workers)*ms {
				t.Errorf("%d workers took %v", workers, took)
			}
			for i, x := range shards {
				if n := x.asked.Load(); n != 100 {
					t.Errorf("%d workers: shard %d was asked %d times", workers, i, n)
				}
			}
		})
	}
}

// One layer's fault is told by the topmost, with the names on the way, and
// nothing is left running.
func TestFaultsPassThroughTheLayers(t *testing.T) {
	for _, fault := range []string{"error", "panic", "cancel", "slow"} {
		for seed := range uint64(100) {
			synctest.Test(t, func(t *testing.T) {
				r := rand.New(rand.NewPCG(seed, 11))
				at := int64(r.IntN(60))
				ctx, cancel := context.WithCancelCause(context.Background())
				defer cancel(nil)
				var calls atomic.Int64
				faulty := func(ctx context.Context, i int) (int, error) {
					if calls.Add(1)-1 == at {
						switch fault {
						case "error":
							return 0, errFault
						case "panic":
							panic(errFault)
						case "cancel":
							cancel(errFault)
						case "slow":
							time.Sleep(time.Minute)
						}
					}
					return i, nil
				}
				l := limit.New(1 + r.IntN(3))
				// A step that runs a group below the same limit as its stage,
				// whose tasks await futures.
				nested := func(ctx context.Context, i int) (sum int, err error) {
					err = scoped.Rules{Limit: l}.Run(ctx, func(g *scoped.Group) error {
						results := make([]int, 3)
						for k := range results {
							g.Go(func(ctx context.Context) (err error) {
								results[k], err = async.Go(ctx, faulty, i).Await(ctx)
								return err
							})
						}
						return nil
					})
					return i, err
				}
				err := run(ctx, nested, r.IntN(4))
				hit := calls.Load() > at
				switch {
				case hit && fault != "slow" && !errors.Is(err, errFault) && !(fault == "cancel" && err == nil):
					t.Errorf("%s, seed %d: got %v", fault, seed, err)
				case (!hit || fault == "slow") && err != nil:
					t.Errorf("%s, seed %d: no fault, and %v", fault, seed, err)
				}
				if s := l.Stats(); s.InUse != 0 || s.Waiting != 0 {
					t.Errorf("%s, seed %d: the limit keeps %+v", fault, seed, s)
				}
			})
		}
	}
}

// run sends items through a stage, and returns its error, be it a panic.
func run(ctx context.Context, step trivet.Step[int, int], workers int) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = v.(*trivet.PanicError)
		}
	}()
	items := make([]int, 20)
	r := pipeline.Through(pipeline.FromSlice(items), pipeline.Stage{Name: "nested", Workers: workers}, step).Run(ctx)
	return r.Wait()
}

// A pipeline fills a queue, whose consumer works below an adaptive limit.
func TestAPipelineFeedsAConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		q := bounded.New(8, bounded.Rules[int]{})
		l := limit.Rules{Adapt: &limit.Gradient{Min: 1, Max: 4}}.New(2)
		done := guarded.Of(map[int]int{})
		err := scoped.Run(ctx, func(g *scoped.Group) error {
			g.Go(func(ctx context.Context) error {
				defer q.Close()
				all := make([]int, 200)
				for i := range all {
					all[i] = i
				}
				s := pipeline.Filter(pipeline.FromSlice(all), pipeline.Stage{Workers: 3}, func(i int) bool { return i%2 == 0 })
				return pipeline.Run(ctx, pipeline.Into(s, pipeline.Stage{Name: "enqueue"}, q.Put)).Wait()
			})
			g.Go(func(ctx context.Context) error {
				report, err := consume.Each(ctx, q, func(_ context.Context, i int) error {
					time.Sleep(ms)
					if i == 42 {
						return errFault
					}
					done.Do(func(m *map[int]int) { (*m)[i]++ })
					return nil
				}, consume.Rules[int]{Workers: 8, Limit: l, Tries: 2})
				if report.Finished != 99 || report.Dead != 1 {
					t.Errorf("%+v", report)
				}
				return err
			})
			return nil
		})
		if n := len(done.Load()); err != nil || n != 99 || l.Stats().InUse != 0 {
			t.Errorf("%v, %d done, %+v", err, n, l.Stats())
		}
	})
}

// Below one limit everything may wait for what it has started itself: a group's
// task for a pipeline, a stage for a group, a consumer's step for a group.
func TestOneLimitForAllLayers(t *testing.T) {
	for size := 1; size <= 3; size++ {
		synctest.Test(t, func(t *testing.T) {
			ctx := context.Background()
			l := limit.New(size)
			rules := scoped.Rules{Limit: l}
			var ran atomic.Int64
			group := func(ctx context.Context, i int) (int, error) {
				return i, rules.Run(ctx, func(g *scoped.Group) error {
					for range 2 {
						g.Go(func(context.Context) error {
							time.Sleep(ms)
							ran.Add(1)
							return nil
						})
					}
					return nil
				})
			}
			pipe := func(ctx context.Context) error {
				st := pipeline.Stage{Workers: 4, Buffer: 1, Limit: l}
				return pipeline.Through(pipeline.Through(pipeline.FromSlice(make([]int, 10)), st, group), st, group).Run(ctx).Wait()
			}
			queue := func(ctx context.Context) error {
				q := bounded.New(10, bounded.Rules[int]{})
				for i := range 10 {
					q.TryPut(i)
				}
				q.Close()
				_, err := consume.Each(ctx, q, func(ctx context.Context, i int) error {
					_, err := group(ctx, i)
					return err
				}, consume.Rules[int]{Workers: 4, Limit: l})
				return err
			}
			err := rules.Run(ctx, func(g *scoped.Group) error {
				for range 3 {
					g.Go(pipe)
					g.Go(queue)
				}
				return nil
			})
			if err != nil || ran.Load() != 3*(2*20+20) {
				t.Errorf("limit %d: %v, %d ran", size, err, ran.Load())
			}
			if s := l.Stats(); s.InUse != 0 || s.Waiting != 0 {
				t.Errorf("limit %d: %+v", size, s)
			}
		})
	}
}

// A bounded queue is a source too, and what is not taken stays in it.
func TestAQueueFeedsAPipeline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		q := bounded.New(100, bounded.Rules[int]{})
		for i := range 100 {
			q.TryPut(i)
		}
		s := pipeline.Through(pipeline.FromQueue(q), pipeline.Stage{Buffer: 2}, func(_ context.Context, i int) (int, error) { return i, nil })
		r := s.Run(ctx)
		for v := range r.All() {
			if v == 10 {
				break
			}
		}
		if r.Err() != nil {
			t.Error(r.Err())
		}
		q.Close()
		rest := slices.Collect(s.Run(ctx).All())
		if len(rest) > 89 || len(rest) > 0 && rest[len(rest)-1] != 99 {
			t.Errorf("%d are left, the last %v", len(rest), rest)
		}
	})
}

// Stages share a limit without waiting for each other for ever, also when one
// emits more than the next has room for.
func TestStagesShareALimit(t *testing.T) {
	for size := 1; size <= 2; size++ {
		synctest.Test(t, func(t *testing.T) {
			l := limit.New(size)
			var inside, most atomic.Int64
			work := func() {
				most.Store(max(most.Load(), inside.Add(1)))
				time.Sleep(ms)
				inside.Add(-1)
			}
			st := pipeline.Stage{Workers: 3, Buffer: 1, Limit: l}
			s := pipeline.Via(pipeline.FromSlice(make([]int, 20)), st, func(_ context.Context, i int, emit func(int) error) error {
				work()
				for range 5 {
					if err := emit(i); err != nil {
						return err
					}
				}
				return nil
			})
			s = pipeline.Through(s, st, func(_ context.Context, i int) (int, error) { work(); return i, nil })
			r := s.Run(context.Background())
			n := 0
			for range r.All() {
				n++
			}
			if r.Err() != nil || n != 100 || most.Load() > int64(size) || l.Stats().InUse != 0 {
				t.Errorf("limit %d: %v, %d items, %d at once, %+v", size, r.Err(), n, most.Load(), l.Stats())
			}
		})
	}
}
