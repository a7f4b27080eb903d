package scoped_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet/task/limit"
	"github.com/trivet-go/trivet/task/scoped"
)

// A task that reads the results of a Map waits for what the steps do, and they
// may need the slot of that task.
func TestMapLendsTheSlotOfItsCaller(t *testing.T) {
	for name, way := range ways {
		synctest.Test(t, func(t *testing.T) {
			rules := scoped.Rules{Limit: limit.New(1)}
			step := func(ctx context.Context, i int) (int, error) {
				return i, rules.Run(ctx, func(g *scoped.Group) error {
					g.Go(func(context.Context) error { time.Sleep(ms); return nil })
					return nil
				})
			}
			var got []int
			err := rules.Run(ctx, func(g *scoped.Group) error {
				g.Go(func(ctx context.Context) error {
					for v, err := range way(ctx, slices.Values([]int{0, 1, 2, 3, 4}), step, 2) {
						if err != nil {
							return err
						}
						got = append(got, v)
					}
					return nil
				})
				return nil
			})
			slices.Sort(got)
			if err != nil || len(got) != 5 {
				t.Errorf("%s: %v, %v", name, got, err)
			}
			if s := rules.Limit.Stats(); s.InUse != 0 || s.Waiting != 0 {
				t.Errorf("%s: %+v", name, s)
			}
		})
	}
}

var ways = map[string]func(context.Context, func(func(int) bool), func(context.Context, int) (int, error), int) func(func(int, error) bool){
	"in order": func(ctx context.Context, seq func(func(int) bool), step func(context.Context, int) (int, error), n int) func(func(int, error) bool) {
		return scoped.Map(ctx, seq, step, n)
	},
	"as done": func(ctx context.Context, seq func(func(int) bool), step func(context.Context, int) (int, error), n int) func(func(int, error) bool) {
		return scoped.MapAsDone(ctx, seq, step, n)
	},
}

// What is in the line when a task fails never begins.
func TestFailureEndsTheLine(t *testing.T) {
	for range 100 {
		synctest.Test(t, func(t *testing.T) {
			var ran atomic.Int64
			err := scoped.Rules{Max: 1}.Run(ctx, func(g *scoped.Group) error {
				g.Go(func(context.Context) error { time.Sleep(ms); return errA })
				for range 10 {
					g.Go(func(context.Context) error { ran.Add(1); return nil })
				}
				return nil
			})
			if !errors.Is(err, errA) || ran.Load() != 0 {
				t.Errorf("%v, and %d ran after it", err, ran.Load())
			}
		})
	}
}

// A limit that adapts finds its size by the tasks of groups: 300 of them use a
// server that works on 10 at once, and lets the others queue.
func TestGroupsTeachTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit.Rules{Adapt: &limit.Gradient{}}.New(200)
		server := limit.New(10)
		err := scoped.Rules{Limit: l, Max: 300}.Run(ctx, func(g *scoped.Group) error {
			for range 20_000 {
				g.Go(func(ctx context.Context) error {
					if err := server.Acquire(ctx, 1); err != nil {
						return err
					}
					defer server.Release(1)
					time.Sleep(10 * ms)
					return nil
				})
			}
			return nil
		})
		if size := l.Stats().Size; err != nil || size < 8 || size > 50 {
			t.Errorf("%v, and the limit went from 200 to %d; the server bears 10", err, size)
		}
	})
}

// What passes its deadline shrinks the limit. Other failures tell nothing, nor
// do tasks that wait for others: 100 of these get in at once, and so they take
// long, whatever the load.
func TestWhatTeachesTheLimit(t *testing.T) {
	waits := func(rules scoped.Rules) func(context.Context) error {
		return func(ctx context.Context) error {
			return rules.Run(ctx, func(g *scoped.Group) error {
				g.Go(func(context.Context) error { time.Sleep(ms); return nil })
				return nil
			})
		}
	}
	for name, one := range map[string]struct {
		task    func(scoped.Rules) func(context.Context) error
		adapt   limit.Gradient
		shrinks bool
	}{
		"late":  {func(scoped.Rules) func(context.Context) error { return untilDone }, limit.Gradient{}, true},
		"error": {func(scoped.Rules) func(context.Context) error { return fails(0, errA) }, limit.Gradient{}, false},
		"waits": {waits, limit.Gradient{Max: 100}, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := limit.Rules{Adapt: &one.adapt}.New(100)
			rules := scoped.Rules{Limit: l, Timeout: time.Second, KeepGoing: true}
			rules.Run(ctx, func(g *scoped.Group) error {
				for range 400 {
					g.Go(one.task(rules))
				}
				return nil
			})
			if size := l.Stats().Size; one.shrinks && size >= 100 || !one.shrinks && size != 100 {
				t.Errorf("%s: the limit went from 100 to %d", name, size)
			}
		})
	}
}

// A Mapping takes all that a group does.
func TestMappingHasRules(t *testing.T) {
	for _, asDone := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			l := limit.New(2)
			mapping := scoped.Mapping[int, int]{
				Rules:  scoped.Rules{Max: 3, Limit: l, Timeout: 5 * ms, KeepGoing: true},
				AsDone: asDone,
				Step: func(ctx context.Context, i int) (int, error) {
					if n := l.Stats().InUse; n > 2 {
						t.Errorf("%d at once", n)
					}
					switch {
					case i%10 == 3:
						<-ctx.Done()
						return 0, context.Cause(ctx)
					case i%10 == 7:
						return 0, errA
					}
					time.Sleep(ms)
					return i, nil
				},
			}
			results, late, failed := 0, 0, 0
			for v, err := range mapping.Over(ctx, upTo(100)) {
				switch {
				case err == scoped.ErrTimeout:
					late++
				case err == errA:
					failed++
				case err != nil:
					t.Error(err)
				default:
					results++
				}
				if place := late + failed + results - 1; !asDone && err == nil && v != place {
					t.Errorf("got %d in place %d", v, place)
				}
			}
			if late != 10 || failed != 10 || results != 80 {
				t.Errorf("%d late, %d failed, %d results", late, failed, results)
			}
			if s := l.Stats(); s.InUse != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

func upTo(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := 0; i < n && yield(i); i++ {
		}
	}
}

// However far apart slow and fast items are, only so many are under way.
func TestMapKeepsItsWindow(t *testing.T) {
	for name, way := range ways {
		synctest.Test(t, func(t *testing.T) {
			const n = 3
			var begun atomic.Int64
			got := 0
			step := func(_ context.Context, i int) (int, error) {
				begun.Add(1)
				if i == 0 {
					time.Sleep(time.Second)
				}
				return i, nil
			}
			for range way(ctx, upTo(200), step, n) {
				synctest.Wait()
				if ahead := int(begun.Load()) - got; ahead > 4*n {
					t.Fatalf("%s: %d are under way", name, ahead)
				}
				got++
			}
			if got != 200 {
				t.Errorf("%s: %d results", name, got)
			}
		})
	}
}

func TestMapChecksItsNumber(t *testing.T) {
	for name, way := range ways {
		var errs []error
		for _, err := range way(ctx, upTo(3), failAtSeven, 0) {
			errs = append(errs, err)
		}
		if len(errs) != 1 || errs[0] == nil {
			t.Errorf("%s, 0 at the same time: %v", name, errs)
		}
	}
	if scoped.Each(ctx, upTo(3), -1, func(context.Context, int) error { return nil }) == nil {
		t.Error("Each, -1 at the same time")
	}
	for _, err := range (scoped.Mapping[int, int]{Rules: scoped.Rules{Max: scoped.Unbounded}}).Over(ctx, upTo(3)) {
		if err == nil {
			t.Error("a Mapping without a bound")
		}
	}
}
