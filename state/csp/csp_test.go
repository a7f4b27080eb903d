package csp_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
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
	"github.com/trivet-go/trivet/state/csp"
)

var (
	ctx  = context.Background()
	errA = errors.New("a")
)

const ms = time.Millisecond

func filled(values ...int) <-chan int {
	c := make(chan int, len(values))
	for _, v := range values {
		c <- v
	}
	close(c)
	return c
}

// endless sends until done; it is for tests of readers that stop.
func endless(t *testing.T) <-chan int {
	c, done := make(chan int), make(chan bool)
	t.Cleanup(func() { close(done) })
	go func() {
		for i := 0; ; i++ {
			select {
			case c <- i:
			case <-done:
				return
			}
		}
	}()
	return c
}

func numbers(from, to int) (all []int) {
	for i := from; i < to; i++ {
		all = append(all, i)
	}
	return all
}

func TestAll(t *testing.T) {
	for name, f := range map[string]func(context.Context, <-chan int) iter.Seq[int]{"All": csp.All[int], "OrDone": csp.OrDone[int]} {
		synctest.Test(t, func(t *testing.T) {
			if got := slices.Collect(f(ctx, filled(1, 2, 3))); !slices.Equal(got, []int{1, 2, 3}) {
				t.Errorf("%s: %v", name, got)
			}
			short, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			begin := time.Now()
			for range f(short, make(chan int)) {
			}
			if time.Since(begin) != time.Second {
				t.Errorf("%s: cancelled after a second, ended after %v", name, time.Since(begin))
			}
			for range 100 {
				for range f(short, filled(1)) {
					t.Fatalf("%s: a value under a done context", name)
				}
			}
		})
	}
}

func TestInto(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := make(chan int, 2)
		if err := csp.Into(ctx, c, slices.Values([]int{1, 2})); err != nil || len(c) != 2 {
			t.Error(err, len(c))
		}
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if err := csp.Into(short, c, slices.Values([]int{3})); err != context.DeadlineExceeded {
			t.Error(err)
		}
		for range 100 {
			if err := csp.Into(short, make(chan int, 1), slices.Values([]int{3})); err != context.DeadlineExceeded {
				t.Fatalf("room, but ctx is done: %v", err)
			}
		}
	})
}

func TestMerge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for n := range 5 {
			var channels []<-chan int
			for i := range n {
				channels = append(channels, filled(numbers(100*i, 100*i+50)...))
			}
			last := map[int]int{}
			count := 0
			for v := range csp.Merge(ctx, channels...) {
				if at, ok := last[v/100]; ok && v != at+1 {
					t.Fatalf("%d after %d", v, at)
				}
				last[v/100] = v
				count++
			}
			if count != 50*n {
				t.Errorf("%d of %d values", count, 50*n)
			}
		}
	})
}

// Whoever stops, when, and how: nothing is left running. The bubble would say.
func TestStoppingLeavesNothing(t *testing.T) {
	sequences := map[string]func(context.Context, *testing.T) func(func(int) bool){
		"Merge": func(ctx context.Context, t *testing.T) func(func(int) bool) {
			return csp.Merge(ctx, endless(t), endless(t), make(chan int))
		},
		"Merge 20": func(ctx context.Context, t *testing.T) func(func(int) bool) {
			channels := make([]<-chan int, 20)
			for i := range channels {
				channels[i] = endless(t)
			}
			return csp.Merge(ctx, channels...)
		},
		"Merge 1": func(ctx context.Context, t *testing.T) func(func(int) bool) { return csp.Merge(ctx, endless(t)) },
		"Batch": func(ctx context.Context, t *testing.T) func(func(int) bool) {
			return func(yield func(int) bool) {
				for b := range csp.Batch(ctx, endless(t), 3, time.Second) {
					if !yield(b[0]) {
						return
					}
				}
			}
		},
		"Throttle": func(ctx context.Context, t *testing.T) func(func(int) bool) {
			return csp.Throttle(ctx, endless(t), 1, time.Second)
		},
	}
	for name, seq := range sequences {
		for after := range 4 {
			synctest.Test(t, func(t *testing.T) {
				n := 0
				for range seq(ctx, t) {
					if n++; n > after {
						break
					}
				}
				if stacks := allStacks(); strings.Contains(stacks, "/csp.Into[") {
					t.Errorf("%s: goroutines at the end of the loop:\n%s", name, stacks)
				}
			})
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(ctx)
				defer cancel()
				n := 0
				for range seq(ctx, t) {
					if n++; n > after {
						cancel()
					}
				}
				if n != after+1 && n != after+2 { // one may have been on its way
					t.Errorf("%s: cancelled at %d, ended at %d", name, after+1, n)
				}
			})
			synctest.Test(t, func(t *testing.T) {
				defer func() {
					if recover() != "boom" {
						t.Errorf("%s: not the panic of the loop", name)
					}
				}()
				n := 0
				for range seq(ctx, t) {
					if n++; n > after {
						panic("boom")
					}
				}
			})
		}
	}
}

func allStacks() string {
	stacks := make([]byte, 1<<20)
	return string(stacks[:runtime.Stack(stacks, true)])
}

type collector struct {
	mu  sync.Mutex
	got [][]int
}

func (c *collector) reader(i int) csp.Reader[int] {
	c.got = append(c.got, nil)
	return func(ctx context.Context, values iter.Seq[int]) error {
		for v := range values {
			c.mu.Lock()
			c.got[i] = append(c.got[i], v)
			c.mu.Unlock()
		}
		return nil
	}
}

func TestSplitDealsEveryValueOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c collector
		want := numbers(0, 300)
		if err := csp.Split(ctx, filled(want...), c.reader(0), c.reader(1), c.reader(2)); err != nil {
			t.Error(err)
		}
		if got := slices.Sorted(slices.Values(slices.Concat(c.got...))); !slices.Equal(got, want) {
			t.Errorf("%d values", len(got))
		}
		// One that stops leaves the rest to the others.
		var d collector
		once := func(ctx context.Context, values iter.Seq[int]) error {
			for range values {
				break
			}
			return nil
		}
		if err := csp.Split(ctx, filled(want...), d.reader(0), once); err != nil || len(d.got[0]) < 299 {
			t.Error(err, len(d.got[0]))
		}
	})
}

func TestSplitByKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c collector
		err := csp.SplitByKey(ctx, filled(numbers(0, 300)...), func(v int) int { return v % 10 }, c.reader(0), c.reader(1), c.reader(2))
		if err != nil {
			t.Error(err)
		}
		home := map[int]int{}
		count := 0
		for i, got := range c.got {
			last := map[int]int{}
			for _, v := range got {
				if at, ok := home[v%10]; ok && at != i {
					t.Errorf("key %d at readers %d and %d", v%10, at, i)
				}
				if at, ok := last[v%10]; ok && v != at+10 {
					t.Errorf("%d after %d", v, at)
				}
				home[v%10], last[v%10] = i, v
				count++
			}
		}
		if count != 300 {
			t.Errorf("%d values", count)
		}
	})
}

func TestTee(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c collector
		slow := func(ctx context.Context, values iter.Seq[int]) error {
			for range values {
				time.Sleep(ms)
			}
			time.Sleep(time.Second) // still at work at the end
			return ctx.Err()
		}
		if err := csp.Tee(ctx, filled(numbers(0, 50)...), c.reader(0), slow, c.reader(1)); err != nil {
			t.Error(err)
		}
		for _, got := range c.got {
			if !slices.Equal(got, numbers(0, 50)) {
				t.Errorf("got %v", got)
			}
		}
	})
}

func TestReadersThatStop(t *testing.T) {
	functions := map[string]func(context.Context, *testing.T, ...csp.Reader[int]) error{
		"Split": func(ctx context.Context, t *testing.T, r ...csp.Reader[int]) error {
			return csp.Split(ctx, endless(t), r...)
		},
		"SplitByKey": func(ctx context.Context, t *testing.T, r ...csp.Reader[int]) error {
			return csp.SplitByKey(ctx, endless(t), func(v int) int { return v }, r...)
		},
		"Tee": func(ctx context.Context, t *testing.T, r ...csp.Reader[int]) error {
			return csp.Tee(ctx, endless(t), r...)
		},
	}
	all := func(_ context.Context, values iter.Seq[int]) error {
		for range values {
		}
		return nil
	}
	stopAt := func(n int, how func() error) csp.Reader[int] {
		return func(_ context.Context, values iter.Seq[int]) error {
			for range values {
				if n--; n == 0 {
					return how()
				}
			}
			return nil
		}
	}
	for name, f := range functions {
		synctest.Test(t, func(t *testing.T) {
			if err := f(ctx, t, all, stopAt(5, func() error { return errA })); !errors.Is(err, errA) || !strings.Contains(err.Error(), "reader 1") {
				t.Errorf("%s: %v", name, err)
			}
			nothing := func() error { return nil }
			if err := f(ctx, t, stopAt(9, nothing), stopAt(5, nothing)); err != nil {
				t.Errorf("%s, all stop: %v", name, err)
			}
			if name != "Split" {
				if err := f(ctx, t, all, stopAt(5, nothing)); err != nil {
					t.Errorf("%s, one stops: %v", name, err)
				}
			}
			short, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			slow := func(_ context.Context, values iter.Seq[int]) error {
				for range values {
					time.Sleep(ms)
				}
				return nil
			}
			if err := f(short, t, slow, slow); err != context.DeadlineExceeded {
				t.Errorf("%s, cancelled: %v", name, err)
			}
			if err := f(ctx, t); err == nil {
				t.Errorf("%s: no readers, and no error", name)
			}
		})
		synctest.Test(t, func(t *testing.T) {
			defer func() {
				if p, ok := recover().(*trivet.PanicError); !ok || p.Value != "boom" {
					t.Errorf("%s: %v", name, p)
				}
			}()
			f(ctx, t, all, stopAt(5, func() error { panic("boom") }))
		})
	}
}

func TestBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := make(chan int)
		go func() {
			defer close(c)
			for i := range 7 {
				c <- i
			}
			time.Sleep(time.Second)
			c <- 7
			time.Sleep(50 * ms)
			c <- 8
		}()
		begin := time.Now()
		var got []string
		for b := range csp.Batch(ctx, c, 3, 100*ms) {
			got = append(got, fmt.Sprintf("%v%v", b, time.Since(begin)))
		}
		if want := "[0 1 2]0s [3 4 5]0s [6]100ms [7 8]1.05s"; strings.Join(got, " ") != want {
			t.Errorf("got %v", got)
		}
	})
}

func TestThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := make(chan int)
		go func() {
			defer close(c)
			for i := range 5 {
				c <- i
			}
			time.Sleep(10 * time.Second)
			for i := range 3 {
				c <- i
			}
		}()
		begin := time.Now()
		var got []time.Duration
		for range csp.Throttle(ctx, c, 2, time.Second) {
			got = append(got, time.Since(begin))
		}
		want := []time.Duration{0, 0, 500 * ms, 1000 * ms, 1500 * ms, 11500 * ms, 11500 * ms, 12000 * ms}
		if !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
	})
}

// Values that pass through nets of all functions arrive, each as often as it
// should.
func TestNets(t *testing.T) {
	for seed := range uint64(200) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 9))
			n := r.IntN(60)
			in := make(chan int)
			go func() {
				defer close(in)
				csp.Into(ctx, in, slices.Values(numbers(0, n)))
			}()
			parts := []chan int{make(chan int), make(chan int, 3), make(chan int)}
			var readers []csp.Reader[int]
			var out []<-chan int
			for _, p := range parts {
				out = append(out, p)
				readers = append(readers, func(ctx context.Context, values iter.Seq[int]) error {
					defer close(p)
					return csp.Into(ctx, p, values)
				})
			}
			times := 1
			go func() {
				var err error
				switch seed % 3 {
				case 0:
					err = csp.Split(ctx, in, readers...)
				case 1:
					err = csp.SplitByKey(ctx, in, func(v int) int { return v % 4 }, readers...)
				case 2:
					err = csp.Tee(ctx, in, readers...)
				}
				if err != nil {
					t.Error(err)
				}
			}()
			if seed%3 == 2 {
				times = 3
			}
			count := map[int]int{}
			for v := range csp.Merge(ctx, out...) {
				count[v]++
			}
			for v := range n {
				if count[v] != times {
					t.Fatalf("seed %d: value %d came %d times", seed, v, count[v])
				}
			}
		})
	}
}

// looks is a context that is cancelled when it is asked for the nth time whether
// it is.
type looks struct {
	context.Context
	cancel context.CancelFunc
	left   int
}

func cancelledAtLook(n int) *looks {
	ctx, cancel := context.WithCancel(ctx)
	return &looks{ctx, cancel, n}
}

func (l *looks) Err() error {
	if l.left--; l.left < 0 {
		l.cancel()
	}
	return l.Context.Err()
}

// A context that is done is refused every time, whatever is there; so a loop
// cannot run on because its channel never gets empty.
func TestDoneComesFirst(t *testing.T) {
	for name, f := range map[string]func(context.Context, <-chan int) iter.Seq[int]{
		"All":   csp.All[int],
		"Merge": func(ctx context.Context, c <-chan int) iter.Seq[int] { return csp.Merge(ctx, c, filled()) },
		"Batch": func(ctx context.Context, c <-chan int) iter.Seq[int] {
			return func(yield func(int) bool) {
				for b := range csp.Batch(ctx, c, 1000, time.Hour) {
					for _, v := range b {
						if !yield(v) {
							return
						}
					}
				}
			}
		},
		"Throttle": func(ctx context.Context, c <-chan int) iter.Seq[int] {
			return csp.Throttle(ctx, c, 1000, time.Second)
		},
	} {
		for n := range 25 {
			synctest.Test(t, func(t *testing.T) {
				c := filled(numbers(0, 20)...)
				ctx := cancelledAtLook(n)
				defer ctx.cancel()
				got := slices.Collect(f(ctx, c))
				if len(got) > n || !slices.Equal(got, numbers(0, len(got))) || len(got)+len(c) != 20 {
					t.Errorf("%s, done at look %d: got %v, %d left", name, n, got, len(c))
				}
			})
		}
	}
}

func TestMergeTakesTurns(t *testing.T) {
	var channels []<-chan int
	for i := range 8 {
		channels = append(channels, filled(slices.Repeat([]int{i}, 10)...))
	}
	got := slices.Collect(csp.Merge(ctx, channels...))
	if want := slices.Repeat(numbers(0, 8), 10); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

// Every channel is waited for, also when nothing is there.
func TestMergeWaitsForEach(t *testing.T) {
	for n := range 20 {
		synctest.Test(t, func(t *testing.T) {
			var channels []<-chan int
			for i := range n {
				c := make(chan int)
				channels = append(channels, c)
				go func() {
					time.Sleep(time.Duration(n-i) * time.Second)
					c <- i
					time.Sleep(ms)
					close(c)
				}()
			}
			want := numbers(0, n)
			slices.Reverse(want)
			if got := slices.Collect(csp.Merge(ctx, channels...)); !slices.Equal(got, want) {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestBatchHandsOverWhatItHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := make(chan int, 3)
		c <- 1
		c <- 2
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		var got [][]int
		for b := range csp.Batch(short, c, 3, time.Hour) {
			got = append(got, b)
			c <- 3 // not asked for any more
		}
		if len(got) != 1 || !slices.Equal(got[0], []int{1, 2}) || len(c) != 1 {
			t.Errorf("got %v, %d left", got, len(c))
		}
	})
}

func TestBatchWithoutWaiting(t *testing.T) {
	c := filled(numbers(0, 300)...)
	var got []int
	for b := range csp.Batch(ctx, c, 200, 0) {
		got = append(got, len(b))
	}
	if !slices.Equal(got, []int{200, 100}) {
		t.Errorf("batches of %v", got)
	}
}

// Each reader is called, even if another one has stopped already: it may have a
// channel to close.
func TestEveryReaderIsCalled(t *testing.T) {
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			var called atomic.Int64
			reader := func(err error) csp.Reader[int] {
				return func(context.Context, iter.Seq[int]) error { called.Add(1); return err }
			}
			csp.Tee(ctx, make(chan int), reader(nil), reader(errA), reader(nil))
			if n := called.Load(); n != 3 {
				t.Fatalf("%d of 3 readers were called", n)
			}
		})
	}
}

// That a reader had enough is not among the errors.
func TestErrorAfterAReaderHadEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		enough := func(context.Context, iter.Seq[int]) error { return nil }
		late := func(ctx context.Context, _ iter.Seq[int]) error { <-ctx.Done(); return errA }
		err := csp.Tee(ctx, make(chan int), enough, late)
		if err == nil || err.Error() != "csp: reader 1: a" {
			t.Errorf("%v", err)
		}
		err = csp.Tee(ctx, make(chan int), enough, late, late)
		if !errors.Is(err, errA) || strings.Contains(err.Error(), "stopped") {
			t.Errorf("%v", err)
		}
	})
}

func stuckKey(release chan bool) func(int) int { return func(int) int { <-release; return 0 } }

// A function that ignores its context is named, not waited for forever.
func TestKeyThatNeverReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan bool)
		defer close(release)
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		c := make(chan int, 1)
		c <- 1
		err := csp.SplitByKey(short, c, stuckKey(release), func(_ context.Context, values iter.Seq[int]) error {
			for range values {
			}
			return nil
		})
		var stuck *trivet.StuckError
		if !errors.As(err, &stuck) || !strings.Contains(stuck.Func, "stuckKey") {
			t.Errorf("%v", err)
		}
	})
}

func TestKeyThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		defer func() {
			if p, ok := recover().(*trivet.PanicError); !ok || p.Value != "boom" {
				t.Error(p)
			}
		}()
		csp.SplitByKey(ctx, filled(1), func(int) int { panic("boom") }, func(_ context.Context, values iter.Seq[int]) error {
			for range values {
			}
			return nil
		})
	})
}
