package csp_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
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

// How do I read several channels in one loop?
func ExampleMerge() {
	left, right := make(chan int, 1), make(chan int, 1)
	left <- 1
	right <- 2
	close(left)
	close(right)
	sum := 0
	for v := range csp.Merge(context.Background(), left, right) {
		sum += v
	}
	fmt.Println(sum)
	// Output: 3
}

// How do I give every value to two readers?
func ExampleTee() {
	c := make(chan int, 3)
	for i := range 3 {
		c <- i
	}
	close(c)
	var sum, count int
	err := csp.Tee(context.Background(), c,
		func(_ context.Context, values iter.Seq[int]) error {
			for v := range values {
				sum += v
			}
			return nil
		},
		func(_ context.Context, values iter.Seq[int]) error {
			for range values {
				count++
			}
			return nil
		})
	fmt.Println(sum, count, err)
	// Output: 3 3 <nil>
}

// How do I gather what comes within a second?
func ExampleBatch() {
	c := make(chan string, 3)
	c <- "a"
	c <- "b"
	c <- "c"
	close(c)
	for batch := range csp.Batch(context.Background(), c, 2, time.Second) {
		fmt.Println(batch)
	}
	// Output:
	// [a b]
	// [c]
}
