package forkjoin_test

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/task/forkjoin"
	"github.com/trivet-go/trivet/task/stealing"
)

var background = context.Background()

// onProcs runs the test with several values of GOMAXPROCS.
func onProcs(t *testing.T, f func(t *testing.T)) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, n := range []int{1, 2, 5} {
		runtime.GOMAXPROCS(n)
		f(t)
	}
}

func sizes() []int { return []int{0, 1, 2, 3, 10, 63, 64, 65, 1000, 1023, 1024, 1025, 50_000} }

func TestForCallsEachIndexOnce(t *testing.T) {
	onProcs(t, func(t *testing.T) {
		for _, n := range sizes() {
			calls := make([]atomic.Int32, n)
			err := forkjoin.For(background, n, func(lo, hi int) {
				if lo >= hi {
					t.Errorf("n = %d: empty range [%d, %d)", n, lo, hi)
				}
				for i := lo; i < hi; i++ {
					calls[i].Add(1)
				}
			})
			if err != nil {
				t.Error(err)
			}
			for i := range calls {
				if c := calls[i].Load(); c != 1 {
					t.Fatalf("n = %d: index %d was done %d times", n, i, c)
				}
			}
		}
	})
}

// The sum of numbers of very different size depends on the order of adding.
func TestReduceIsDeterministic(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range sizes() {
		x := make([]float64, n)
		for i := range x {
			x[i] = r.Float64() * float64(uint64(1)<<r.IntN(60))
		}
		sum := func(ctx context.Context) float64 {
			s, err := forkjoin.Reduce(ctx, n, func(lo, hi int) (s float64) {
				for _, v := range x[lo:hi] {
					s += v
				}
				return s
			}, func(a, b float64) float64 { return a + b })
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		want := sum(forkjoin.With(background, forkjoin.Rules{Workers: 1}))
		onProcs(t, func(t *testing.T) {
			for range 10 {
				if got := sum(background); got != want {
					t.Fatalf("n = %d: %v, and %v on one worker", n, got, want)
				}
			}
		})
	}
}

func TestReduceKeepsOrder(t *testing.T) {
	onProcs(t, func(t *testing.T) {
		for _, n := range sizes() {
			type run struct{ lo, hi int }
			got, err := forkjoin.Reduce(background, n, func(lo, hi int) run { return run{lo, hi} }, func(a, b run) run {
				if a.hi != b.lo {
					t.Fatalf("%v meets %v", a, b)
				}
				return run{a.lo, b.hi}
			})
			if err != nil || got != (run{0, n}) {
				t.Errorf("n = %d: %v, %v", n, got, err)
			}
		}
	})
}

func TestMapFilterSort(t *testing.T) {
	type item struct{ key, place int }
	onProcs(t, func(t *testing.T) {
		for _, n := range sizes() {
			items := make([]item, n)
			for i := range items {
				items[i] = item{rand.IntN(n/3 + 1), i}
			}
			squares, err := forkjoin.Map(background, items, func(v item) int { return v.key * v.key })
			if err != nil || len(squares) != n {
				t.Fatal(len(squares), err)
			}
			for i, v := range items {
				if squares[i] != v.key*v.key {
					t.Fatalf("n = %d: item %d is wrong", n, i)
				}
			}
			odd := func(v item) bool { return v.key%2 == 1 }
			got, err := forkjoin.Filter(background, items, odd)
			want := slices.DeleteFunc(slices.Clone(items), func(v item) bool { return !odd(v) })
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("n = %d: Filter = %v, want %v", n, got, want)
			}
			byKey := func(a, b item) int { return cmp.Compare(a.key, b.key) }
			sorted := slices.Clone(items)
			slices.SortStableFunc(sorted, byKey)
			if err := forkjoin.Sort(background, items, byKey); err != nil || !slices.Equal(items, sorted) {
				t.Fatalf("n = %d: not sorted, or not stable", n)
			}
		}
	})
}

func TestDo(t *testing.T) {
	onProcs(t, func(t *testing.T) {
		var count func(c *forkjoin.Ctx, n int) int
		count = func(c *forkjoin.Ctx, n int) int {
			if n == 0 {
				return 1
			}
			x, s := forkjoin.Do(c,
				func(c *forkjoin.Ctx) int { return count(c, n-1) },
				func(c *forkjoin.Ctx) string { return string(make([]byte, count(c, n-1))) })
			return x + len(s)
		}
		got, err := forkjoin.Run(background, func(c *forkjoin.Ctx) int { return count(c, 12) })
		if got != 1<<12 || err != nil {
			t.Error(got, err)
		}
	})
}

// A nil result of an interface type survives.
func TestDoNil(t *testing.T) {
	err, runErr := forkjoin.Run(background, func(c *forkjoin.Ctx) error {
		_, err := forkjoin.Do(c, func(*forkjoin.Ctx) int { return 1 }, func(*forkjoin.Ctx) error { return nil })
		return err
	})
	if err != nil || runErr != nil {
		t.Error(err, runErr)
	}
}

func TestPlan(t *testing.T) {
	longest := forkjoin.Plan[[]string, string]{
		Name:  "longest",
		Small: func(words []string) bool { return len(words) < 2 },
		Split: func(words []string) [][]string {
			return slices.Collect(slices.Chunk(words, (len(words)+2)/3))
		},
		Solve: func(ctx context.Context, words []string) (string, error) {
			if words[0] == "bad" {
				return "", errors.New("bad word")
			}
			return words[0], nil
		},
		Join: func(words []string) string {
			return slices.MaxFunc(words, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
		},
	}
	var step trivet.Step[[]string, string] = longest.Step()
	onProcs(t, func(t *testing.T) {
		got, err := step(background, []string{"a", "few", "words", "of", "different", "length"})
		if got != "different" || err != nil {
			t.Error(got, err)
		}
		_, err = step(background, []string{"a", "few", "bad", "words"})
		if err == nil || err.Error() != "bad word" {
			t.Error(err)
		}
	})
}

// In a bubble time passes only where the bodies sleep.
func TestMeasure(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name                 string
		f                    func(ctx context.Context) error
		work, span, burdened time.Duration
		forks                int64
	}{
		{"serial", func(context.Context) error { time.Sleep(ms); return nil }, ms, ms, ms, 0},
		{"loop", func(ctx context.Context) error {
			return forkjoin.For(ctx, 64, func(lo, hi int) { time.Sleep(time.Duration(hi-lo) * ms) })
		}, 64 * ms, 2 * ms, 2*ms + 6*stealing.Burden, 62},
		{"tree", func(ctx context.Context) error {
			_, err := forkjoin.Recurse(ctx, sleepers, 4)
			return err
		}, 31 * ms, 5 * ms, 5*ms + 4*stealing.Burden, 15},
		{"two runs and between", func(ctx context.Context) error {
			_, err := forkjoin.Recurse(ctx, sleepers, 1)
			time.Sleep(ms)
			_, err2 := forkjoin.Recurse(ctx, sleepers, 1)
			return errors.Join(err, err2)
		}, 7 * ms, 5 * ms, 5*ms + 2*stealing.Burden, 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			m, err := forkjoin.Measure(background, c.f)
			if err != nil || m.Work != c.work || m.Span != c.span || m.BurdenedSpan != c.burdened || m.Forks != c.forks {
				t.Errorf("%s: %+v, %v", c.name, m, err)
			}
		})
	}
}

// sleepers is a binary tree of depth n whose nodes sleep for a millisecond.
func sleepers(c *forkjoin.Branch[int, int], n int) int {
	time.Sleep(time.Millisecond)
	if n > 0 {
		c.Both(n-1, n-1)
	}
	return n
}

// The methods that the documentation names, since go doc does not show them here.
var (
	_ interface {
		context.Context
		Block(func())
		Poll()
		Wanted() bool
		Fail(error)
	} = (*forkjoin.Ctx)(nil)

	_ interface {
		context.Context
		Both(a, b int) (string, string)
		Fork(int) forkjoin.Forked
		Join(forkjoin.Forked) string
		TakeBack(forkjoin.Forked) bool
		Room() bool
		Call(int) string
		Block(func())
		Poll()
		Wanted() bool
		Fail(error)
	} = (*forkjoin.Branch[int, string])(nil)
)
