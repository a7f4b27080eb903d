package scoped_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/task/limit"
	"github.com/trivet-go/trivet/task/scoped"
)

var (
	ctx  = context.Background()
	errA = errors.New("a")
	errB = errors.New("b")
)

const ms = time.Millisecond

func fails(after time.Duration, err error) func(context.Context) error {
	return func(context.Context) error {
		time.Sleep(after)
		return err
	}
}

func untilDone(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestFirstErrorCancelsAndComesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := scoped.Run(ctx, func(g *scoped.Group) error {
			g.Go(untilDone)
			g.Go(fails(ms, errA))
			g.Go(func(ctx context.Context) error {
				<-ctx.Done()
				return errB
			})
			return nil
		})
		if err == nil || err.Error() != "a\nb" || !errors.Is(err, errA) || !errors.Is(err, errB) {
			t.Errorf("got %v", err)
		}
	})
}

func TestErrorOfTheBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := scoped.Run(ctx, func(g *scoped.Group) error {
			g.Go(untilDone)
			return errA
		})
		if err != errA {
			t.Errorf("got %v", err)
		}
	})
}

func TestKeepGoing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		finished := false
		err := scoped.Rules{KeepGoing: true}.Run(ctx, func(g *scoped.Group) error {
			g.Go(fails(ms, errA))
			g.Go(fails(2*ms, errB))
			g.Go(func(ctx context.Context) error {
				time.Sleep(3 * ms)
				finished = ctx.Err() == nil
				return nil
			})
			return nil
		})
		if !finished || !errors.Is(err, errA) || !errors.Is(err, errB) {
			t.Errorf("finished %v, got %v", finished, err)
		}
	})
}

func TestMaxIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int64
		begin := time.Now()
		err := scoped.Rules{Max: 3}.Run(ctx, func(g *scoped.Group) error {
			for range 9 {
				g.Go(func(context.Context) error {
					most.Store(max(most.Load(), running.Add(1)))
					time.Sleep(ms)
					running.Add(-1)
					return nil
				})
			}
			return nil
		})
		if err != nil || most.Load() != 3 || time.Since(begin) != 3*ms {
			t.Errorf("%v: %d at once, took %v", err, most.Load(), time.Since(begin))
		}
	})
}

func TestBlockedGoEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		short, cancel := context.WithTimeout(ctx, 50*ms)
		defer cancel()
		begin := time.Now()
		var blocked time.Duration
		err := scoped.Rules{Max: 1}.Run(short, func(g *scoped.Group) error {
			g.Go(fails(time.Second, nil))
			for range 100 { // more than fit into the line
				g.Go(func(context.Context) error { t.Error("ran"); return nil })
			}
			blocked = time.Since(begin)
			if g.TryGo(func(context.Context) error { t.Error("ran"); return nil }) {
				t.Error("started")
			}
			return nil
		})
		if blocked != 50*ms || err != context.DeadlineExceeded || time.Since(begin) != time.Second {
			t.Errorf("blocked for %v, then %v after %v", blocked, err, time.Since(begin))
		}
	})
}

func TestNothingStartsUnderADoneContext(t *testing.T) {
	gone, cancel := context.WithCancelCause(ctx)
	cancel(errA)
	for range 1000 {
		err := scoped.Rules{Max: 2}.Run(gone, func(g *scoped.Group) error {
			g.Go(func(context.Context) error { t.Error("ran"); return nil })
			return nil
		})
		if err != nil && err != errA {
			t.Fatal(err)
		}
	}
}

func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		err := scoped.Rules{Timeout: ms}.Run(ctx, func(g *scoped.Group) error {
			g.Go(func(ctx context.Context) error {
				<-ctx.Done()
				return context.Cause(ctx)
			})
			return nil
		})
		if err != scoped.ErrTimeout || time.Since(begin) != ms {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
	})
}

func TestPanics(t *testing.T) {
	for name, body := range map[string]func(*scoped.Group) error{
		"task": func(g *scoped.Group) error {
			g.Go(untilDone)
			g.Go(func(context.Context) error { panic(errA) })
			return nil
		},
		"nested": func(g *scoped.Group) error {
			g.Go(func(ctx context.Context) error {
				return scoped.Run(ctx, func(g *scoped.Group) error {
					g.Go(func(context.Context) error { panic(errA) })
					return nil
				})
			})
			return nil
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			defer func() {
				p, ok := recover().(*trivet.PanicError)
				if !ok || !errors.Is(p, errA) || !strings.Contains(string(p.Stack), "scoped_test.TestPanics") {
					t.Errorf("%s: recovered %v", name, p)
				}
			}()
			scoped.Rules{Max: 5}.Run(ctx, body)
		})
	}
}

func TestPanicOfTheBodyJoins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := false
		defer func() {
			if recover() != "mine" || !ended {
				t.Errorf("ended %v", ended)
			}
		}()
		scoped.Run(ctx, func(g *scoped.Group) error {
			g.Go(func(ctx context.Context) error {
				<-ctx.Done()
				ended = true
				return nil
			})
			synctest.Wait()
			panic("mine")
		})
	})
}

// A task that ends its goroutine gives its slot back.
func TestGoexit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit.New(1)
		for range 3 {
			err := scoped.Rules{Limit: l}.Run(ctx, func(g *scoped.Group) error {
				g.Go(func(context.Context) error { runtime.Goexit(); return nil })
				return nil
			})
			if !errors.Is(err, trivet.ErrGoexit) {
				t.Errorf("got %v", err)
			}
		}
		if l.Stats().InUse != 0 {
			t.Errorf("%+v", l.Stats())
		}
	})
}

func TestStuckTaskIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan bool)
		defer close(release)
		err := scoped.Rules{Name: "deaf", Grace: ms}.Run(ctx, func(g *scoped.Group) error {
			g.Go(func(context.Context) error { <-release; return nil })
			synctest.Wait()
			return errA
		})
		var stuck *trivet.StuckError
		if !errors.Is(err, errA) || !errors.As(err, &stuck) || stuck.Name != "deaf" || !strings.Contains(stuck.Func, "TestStuckTaskIsNamed") {
			t.Errorf("got %v", err)
		}
	})
}

// Tasks start others below the same limit and wait for them, at any depth.
func TestNestingNeverDeadlocks(t *testing.T) {
	var nest func(ctx context.Context, l *limit.Limit, depth int, ran *atomic.Int64) error
	nest = func(ctx context.Context, l *limit.Limit, depth int, ran *atomic.Int64) error {
		return scoped.Rules{Limit: l}.Run(ctx, func(g *scoped.Group) error {
			for range 3 {
				g.Go(func(ctx context.Context) error {
					ran.Add(1)
					time.Sleep(ms)
					if depth == 0 {
						return nil
					}
					return nest(ctx, l, depth-1, ran)
				})
			}
			return nil
		})
	}
	for size := 1; size <= 3; size++ {
		synctest.Test(t, func(t *testing.T) {
			l := limit.New(size)
			var ran atomic.Int64
			if err := nest(ctx, l, 3, &ran); err != nil || ran.Load() != 3+9+27+81 {
				t.Errorf("limit %d: %v, %d ran", size, err, ran.Load())
			}
			if s := l.Stats(); s.InUse != 0 || s.Waiting != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestTasksStartSiblings(t *testing.T) {
	for name, start := range map[string]func(*scoped.Group, context.Context, func(context.Context) error) error{
		"by function": func(_ *scoped.Group, ctx context.Context, f func(context.Context) error) error {
			return scoped.Go(ctx, f)
		},
		"by method": func(g *scoped.Group, _ context.Context, f func(context.Context) error) error {
			g.Go(f)
			return nil
		},
	} {
		for size := 1; size <= 3; size++ {
			synctest.Test(t, func(t *testing.T) {
				var ran atomic.Int64
				err := scoped.Rules{Max: size}.Run(ctx, func(g *scoped.Group) error {
					var task func(depth int) func(context.Context) error
					task = func(depth int) func(context.Context) error {
						return func(ctx context.Context) error {
							ran.Add(1)
							time.Sleep(ms)
							for range 2 {
								if depth > 0 {
									if err := start(g, ctx, task(depth-1)); err != nil {
										return err
									}
								}
							}
							return nil
						}
					}
					for range 4 {
						g.Go(task(3))
					}
					return nil
				})
				if err != nil || ran.Load() != 4*15 {
					t.Errorf("%s, %d at once: %v, %d ran", name, size, err, ran.Load())
				}
			})
		}
	}
	if err := scoped.Go(ctx, untilDone); err != scoped.ErrNoTask {
		t.Errorf("started from nowhere: %v", err)
	}
}

// A task that starts more siblings than the line holds waits, and lends its slot.
func TestMoreSiblingsThanFitIntoTheLine(t *testing.T) {
	for _, byMethod := range []bool{false, true} {
		for size := 1; size <= 2; size++ {
			for _, shared := range []*limit.Limit{nil, limit.New(1)} {
				synctest.Test(t, func(t *testing.T) {
					var ran atomic.Int64
					err := scoped.Rules{Max: size, Limit: shared}.Run(ctx, func(g *scoped.Group) error {
						for range 3 {
							g.Go(func(ctx context.Context) error {
								for range 200 {
									f := func(context.Context) error { ran.Add(1); return nil }
									if byMethod {
										g.Go(f)
									} else if err := scoped.Go(ctx, f); err != nil {
										return err
									}
								}
								return nil
							})
						}
						return nil
					})
					if err != nil || ran.Load() != 600 {
						t.Errorf("by method %v, %d at once: %v, %d ran", byMethod, size, err, ran.Load())
					}
				})
			}
		}
	}
}

// Groups that share a limit take turns, although each has a line of its own.
func TestSharedLimitIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rules := scoped.Rules{Max: 4, Limit: limit.New(2)}
		var order []int
		var mu sync.Mutex
		err := scoped.Run(ctx, func(g *scoped.Group) error {
			for i := range 2 {
				g.Go(func(ctx context.Context) error {
					return rules.Run(ctx, func(g *scoped.Group) error {
						for range 30 {
							g.Go(func(context.Context) error {
								time.Sleep(ms)
								mu.Lock()
								order = append(order, i)
								mu.Unlock()
								return nil
							})
						}
						return nil
					})
				})
			}
			return nil
		})
		first := 0
		for _, i := range order[:30] {
			first += i
		}
		if err != nil || len(order) != 60 || first < 5 || first > 25 {
			t.Errorf("%v: %v", err, order)
		}
	})
}

func TestLend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := make(chan int)
		err := scoped.Rules{Max: 1}.Run(ctx, func(g *scoped.Group) error {
			g.Go(func(ctx context.Context) error {
				scoped.Lend(ctx, func() { <-c })
				return nil
			})
			g.Go(func(context.Context) error { c <- 1; return nil })
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		lent := false
		scoped.Lend(ctx, func() { lent = true })
		if !lent {
			t.Error("elsewhere Lend does not wait")
		}
	})
}

// Random trees of groups, tasks, errors and cancels below one limit: the number
// of tasks that run never exceeds it, and all of it comes back.
func TestRandomTrees(t *testing.T) {
	for seed := range uint64(1500) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 5))
			size := 1 + r.IntN(4)
			l := limit.New(size)
			ctx, cancel := context.WithTimeout(ctx, time.Duration(1+r.IntN(40))*ms)
			defer cancel()
			var active atomic.Int64
			work := func(ctx context.Context, d time.Duration) {
				if ctx.Err() != nil { // then a task goes on without a slot, if it must
					return
				}
				if n := active.Add(1); n > int64(size) {
					t.Errorf("seed %d: %d tasks work at once, under a limit of %d", seed, n, size)
				}
				time.Sleep(d)
				active.Add(-1)
			}
			var tree func(ctx context.Context, r *rand.Rand, depth int) error
			tree = func(ctx context.Context, r *rand.Rand, depth int) error {
				rules := scoped.Rules{Limit: l, Max: []int{0, 1, 2, scoped.Unbounded}[r.IntN(4)], KeepGoing: r.IntN(2) == 0}
				return rules.Run(ctx, func(g *scoped.Group) error {
					for range r.IntN(4) {
						sub := rand.New(rand.NewPCG(r.Uint64(), 1))
						g.Go(func(ctx context.Context) error {
							work(ctx, time.Duration(sub.IntN(3))*ms)
							if depth > 0 && sub.IntN(2) == 0 {
								if err := tree(ctx, sub, depth-1); err != nil {
									return err
								}
								work(ctx, time.Duration(sub.IntN(3))*ms)
							}
							if sub.IntN(10) == 0 {
								return errA
							}
							return nil
						})
					}
					return nil
				})
			}
			err := tree(ctx, r, 4)
			if err != nil && !errors.Is(err, errA) && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("seed %d: %v", seed, err)
			}
			if s := l.Stats(); s.InUse != 0 || s.Waiting != 0 {
				t.Errorf("seed %d: %+v", seed, s)
			}
		})
	}
}

func TestMap(t *testing.T) {
	input := slices.Values([]int{0, 1, 2, 3, 4, 5, 6, 7})
	slowFirst := func(_ context.Context, i int) (int, error) {
		time.Sleep(time.Duration(8-i) * ms)
		return i * i, nil
	}
	synctest.Test(t, func(t *testing.T) {
		var got []int
		for v, err := range scoped.Map(ctx, input, slowFirst, 8) {
			if err != nil {
				t.Error(err)
			}
			got = append(got, v)
		}
		if !slices.Equal(got, []int{0, 1, 4, 9, 16, 25, 36, 49}) {
			t.Errorf("in order: %v", got)
		}
		got = nil
		for v, err := range scoped.MapAsDone(ctx, input, slowFirst, 8) {
			if err != nil {
				t.Error(err)
			}
			got = append(got, v)
		}
		if !slices.Equal(got, []int{49, 36, 25, 16, 9, 4, 1, 0}) {
			t.Errorf("as done: %v", got)
		}
	})
}

func TestMapStops(t *testing.T) {
	for name, m := range map[string]func(context.Context, int) func(func(int, error) bool){
		"in order": func(ctx context.Context, n int) func(func(int, error) bool) {
			return scoped.Map(ctx, forever, failAtSeven, n)
		},
		"as done": func(ctx context.Context, n int) func(func(int, error) bool) {
			return scoped.MapAsDone(ctx, forever, failAtSeven, n)
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := 0
			for range m(ctx, 3) {
				if n++; n == 3 {
					break
				}
			}
			var last error
			for v, err := range m(ctx, 1) {
				if last != nil {
					t.Errorf("%s: %d after the error", name, v)
				}
				last = err
			}
			if !errors.Is(last, errA) {
				t.Errorf("%s: ended with %v", name, last)
			}
			short, cancel := context.WithTimeout(ctx, 3*ms)
			defer cancel()
			for _, err := range scoped.Map(short, forever, func(context.Context, int) (int, error) { time.Sleep(ms); return 0, nil }, 2) {
				last = err
			}
			if last != context.DeadlineExceeded {
				t.Errorf("%s: cancelled, and got %v", name, last)
			}
		})
	}
}

func forever(yield func(int) bool) {
	for i := 0; yield(i); i++ {
	}
}

func failAtSeven(_ context.Context, i int) (int, error) {
	if i == 7 {
		return 0, errA
	}
	return i, nil
}

func TestEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sum atomic.Int64
		if err := scoped.Each(ctx, slices.Values([]int{1, 2, 3}), 2, func(_ context.Context, i int) error { sum.Add(int64(i)); return nil }); err != nil || sum.Load() != 6 {
			t.Error(err, sum.Load())
		}
		if err := scoped.Each(ctx, forever, 2, func(ctx context.Context, i int) error { _, err := failAtSeven(ctx, i); return err }); err != errA {
			t.Error(err)
		}
	})
}

func TestRulesAreChecked(t *testing.T) {
	if err := (scoped.Rules{Name: "x", Max: -2}).Run(ctx, nil); err == nil || !strings.Contains(err.Error(), "Max -2") {
		t.Error(err)
	}
}

func ExampleRun() {
	err := scoped.Run(context.Background(), func(g *scoped.Group) error {
		for _, name := range []string{"a", "b"} {
			g.Go(func(ctx context.Context) error {
				if name == "b" {
					return fmt.Errorf("no %s", name)
				}
				return nil
			})
		}
		return nil
	})
	fmt.Println(err)
	// Output: no b
}

// How do I keep several groups together below one limit?
func ExampleRules_limit() {
	l := limit.New(4)
	rules := scoped.Rules{Name: "thumbnails", Limit: l}
	err := rules.Run(context.Background(), func(g *scoped.Group) error {
		g.Go(func(ctx context.Context) error {
			return rules.Run(ctx, func(g *scoped.Group) error { // lends the slot of this task
				g.Go(func(context.Context) error { return nil })
				return nil
			})
		})
		return nil
	})
	fmt.Println(err, l.Stats().InUse)
	// Output: <nil> 0
}

// How do I call a function on every item, in parallel, and get results in order?
func ExampleMap() {
	lengths := scoped.Map(context.Background(), slices.Values([]string{"one", "three"}),
		func(_ context.Context, s string) (int, error) { return len(s), nil }, 4)
	for n, err := range lengths {
		fmt.Println(n, err)
	}
	// Output:
	// 3 <nil>
	// 5 <nil>
}

func BenchmarkGroup(b *testing.B) {
	for _, batch := range []int{1000} {
		for name, n := range map[string]int{"limit 8": 8, "unbounded": scoped.Unbounded} {
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; i < b.N; i += batch {
					scoped.Rules{Max: n}.Run(b.Context(), func(g *scoped.Group) error {
						for range batch {
							g.Go(func(context.Context) error { return nil })
						}
						return nil
					})
				}
			})
		}
	}
}
