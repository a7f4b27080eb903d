package stealing_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/task/stealing"
)

// caught returns the *trivet.PanicError that f panics with, or nil.
func caught(f func()) (p *trivet.PanicError) {
	defer func() { p, _ = recover().(*trivet.PanicError) }()
	f()
	return nil
}

// onTwo makes sure that the two bodies run on two goroutines at the same time:
// each waits for the other.
type onTwo struct{ left, right chan struct{} }

func newOnTwo() onTwo { return onTwo{make(chan struct{}), make(chan struct{})} }

func (o onTwo) meet(n int) {
	if n == 1 {
		close(o.left)
		<-o.right
		return
	}
	close(o.right)
	<-o.left
}

// A panic in every position: of the caller or of a thief, before and behind the
// fork, on one level or several below. In the bubble a goroutine that is left
// behind would be a failure.
func TestPanicInEveryPosition(t *testing.T) {
	onProcs(t, 4)
	for at := range 36 { // as many steps as body takes
		synctest.Test(t, func(t *testing.T) {
			count := new(atomic.Int64)
			var body func(s *stack, n int) int
			body = func(s *stack, n int) int {
				step := func() {
					if count.Add(1) == int64(at+1) {
						panic(fmt.Sprint("boom ", at))
					}
				}
				step()
				if n == 0 {
					time.Sleep(time.Millisecond) // others come meanwhile
					return 1
				}
				f := s.Fork(n - 1)
				step()
				x := body(s, n-1)
				step()
				x += s.Join(f)
				step()
				return x
			}
			p := caught(func() {
				_, err := stealing.Run(context.Background(), body, 3)
				t.Errorf("at %d: no panic, error %v", at, err)
			})
			if p == nil || p.Value != fmt.Sprint("boom ", at) || !strings.Contains(string(p.Stack), "TestPanicInEveryPosition") {
				t.Errorf("at %d: %v", at, p)
			}
		})
	}
}

// runtime.Goexit of a thief is the error of the run.
func TestGoexitOfThief(t *testing.T) {
	onProcs(t, 2)
	synctest.Test(t, func(t *testing.T) {
		meet := newOnTwo()
		_, err := stealing.Run(context.Background(), func(s *stack, n int) int {
			if n == 0 {
				x, y := s.Both(1, 2)
				return x + y
			}
			meet.meet(n)
			if n == 2 {
				runtime.Goexit()
			}
			return n
		}, 0)
		if !errors.Is(err, trivet.ErrGoexit) {
			t.Errorf("Run = %v", err)
		}
	})
}

// runtime.Goexit of the caller ends its goroutine, after the join.
func TestGoexitOfCaller(t *testing.T) {
	onProcs(t, 2)
	synctest.Test(t, func(t *testing.T) {
		meet := newOnTwo()
		thief, ended := false, false
		go func() {
			defer func() { ended = thief }()
			_, _ = stealing.Run(context.Background(), func(s *stack, n int) int {
				if n == 0 {
					x, y := s.Both(1, 2)
					return x + y
				}
				meet.meet(n)
				if n == 1 {
					runtime.Goexit()
				}
				time.Sleep(time.Second)
				thief = true
				return n
			}, 0)
			t.Error("Run returned")
		}()
		time.Sleep(time.Minute)
		synctest.Wait()
		if !ended {
			t.Error("the goroutine ended before the thief had")
		}
	})
}

// A cancelled run returns the cause, and what it has forked has ended.
func TestCancelInTheMiddle(t *testing.T) {
	onProcs(t, 4)
	cause := errors.New("enough")
	for at := range 30 {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(context.Background())
			defer cancel(nil)
			count, inside, cleaned := new(atomic.Int64), new(atomic.Int64), new(atomic.Int64)
			var body func(s *stack, n int) int
			body = func(s *stack, n int) int {
				inside.Add(1)
				defer func() { inside.Add(-1); cleaned.Add(1) }()
				if count.Add(1) == int64(at+1) {
					cancel(cause)
				}
				time.Sleep(time.Millisecond)
				f := s.Fork(n + 1)
				if n < 40 {
					body(s, n+1)
				}
				return s.Join(f)
			}
			_, err := stealing.Run(ctx, body, 0)
			if err != cause {
				t.Errorf("Run = %v", err)
			}
			if inside.Load() != 0 || cleaned.Load() != count.Load() {
				t.Errorf("%d bodies began, %d were left, %d are inside", count.Load(), cleaned.Load(), inside.Load())
			}
		})
	}
}

// A thief that ignores the cancellation is named, and the caller goes on.
func TestStuckThief(t *testing.T) {
	onProcs(t, 2)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		meet, release := newOnTwo(), make(chan struct{})
		cause := errors.New("enough")
		begin := time.Now()
		_, err := stealing.Run(ctx, func(s *stack, n int) int {
			if n == 0 {
				x, y := s.Both(1, 2)
				return x + y
			}
			meet.meet(n)
			if n == 2 {
				<-release
			}
			cancel(cause)
			return n
		}, 0)
		var stuck *trivet.StuckError
		if !errors.Is(err, cause) || !errors.As(err, &stuck) || !strings.Contains(stuck.Func, "TestStuckThief") {
			t.Errorf("Run = %v", err)
		}
		if took := time.Since(begin); took > 11*time.Second {
			t.Errorf("it took %v", took)
		}
		close(release)
	})
}

// A joiner whose stack holds a lock must not run a task that wants it
// (rayon-rs/rayon#592). The tree is such that pools that help with anything
// deadlock soon.
func TestLockOverJoin(t *testing.T) {
	onProcs(t, 4)
	var mu sync.Mutex
	locked := func(s *stack, n int) int {
		switch {
		case n == 0:
			runtime.Gosched()
			return 1
		case n%2 == 0: // a critical section with forks below that do not want the lock
			mu.Lock()
			defer mu.Unlock()
			x, y := s.Both(1, 1)
			return x + y
		case n == 1:
			x, y := s.Both(0, 0)
			return x + y
		}
		x, y := s.Both(n-2, 2)
		return x + y
	}
	for range 200 {
		if got, err := stealing.Run(context.Background(), locked, 41); err != nil || got != 20*4+2 {
			t.Fatal(got, err)
		}
	}
}

// GOMAXPROCS goes up and down meanwhile.
func TestProcessorsChange(t *testing.T) {
	onProcs(t, 1)
	want := serial(27)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				runtime.GOMAXPROCS(1 + i%4)
			}
		}
	})
	for range 20 {
		if got, err := stealing.Run(context.Background(), fib, 27); got != want || err != nil {
			t.Error(got, err)
		}
	}
	close(stop)
	wg.Wait()
}

// A run that began on one processor uses more when there are more.
func TestProcessorsComeLate(t *testing.T) {
	onProcs(t, 1)
	grown, met := new(atomic.Bool), newOnTwo()
	body := func(s *stack, n int) int {
		switch n {
		case 0:
			runtime.GOMAXPROCS(2)
			f := s.Fork(2)
			for !grown.Load() { // until a helper has it
				s.Poll()
				runtime.Gosched()
			}
			met.meet(1)
			return s.Join(f)
		case 2:
			grown.Store(true)
			met.meet(2)
		}
		return n
	}
	if got, err := stealing.Run(context.Background(), func(s *stack, n int) int {
		if n > 0 {
			return body(s, n)
		}
		f := s.Fork(3) // the run finds that there is one processor
		x := s.Join(f)
		return x + body(s, 0)
	}, 0); got != 5 || err != nil {
		t.Error(got, err)
	}
}

// Announced blocking: what was forked before goes on elsewhere, also on one
// processor.
func TestBlockHandsOver(t *testing.T) {
	for _, procs := range []int{1, 2} {
		onProcs(t, procs)
		synctest.Test(t, func(t *testing.T) {
			done := make(chan struct{})
			got, err := stealing.Run(context.Background(), func(s *stack, n int) int {
				if n == 0 {
					f := s.Fork(1)
					s.Block(func() { <-done }) // only the fork can end this
					return s.Join(f)
				}
				close(done)
				return 7
			}, 0)
			if got != 7 || err != nil {
				t.Error(got, err)
			}
		})
	}
}

// Not more than 64 workers lend their slots; as many may have come back and block
// without.
func TestBlockIsBounded(t *testing.T) {
	onProcs(t, 2)
	synctest.Test(t, func(t *testing.T) {
		inside, most := new(atomic.Int64), new(atomic.Int64)
		_, err := stealing.Run(context.Background(), func(s *stack, n int) int {
			if n > 0 {
				x, y := s.Both(n-1, n-1)
				return x + y
			}
			s.Block(func() {
				now := inside.Add(1)
				for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
				}
				time.Sleep(time.Second)
				inside.Add(-1)
			})
			return 1
		}, 9)
		if err != nil || most.Load() > 2*64+4 || most.Load() < 60 {
			t.Errorf("%d blocked at a time, %v", most.Load(), err)
		}
	})
}

// Unannounced blocking is told by the Stats.
func TestSilence(t *testing.T) {
	onProcs(t, 2)
	synctest.Test(t, func(t *testing.T) {
		var stats stealing.Stats
		ctx := stealing.With(context.Background(), stealing.Rules{Report: func(s stealing.Stats) { stats = s }})
		_, err := stealing.Run(ctx, func(s *stack, n int) int {
			if n > 0 {
				time.Sleep(50 * time.Millisecond)
				return n
			}
			time.Sleep(time.Millisecond)
			f := s.Fork(1) // the helper takes it
			g := s.Fork(2) // and asks for this one when it is done, which is later in any case
			time.Sleep(time.Second)
			h := s.Fork(3)
			return s.Join(h) + s.Join(g) + s.Join(f)
		}, 0)
		if err != nil || stats.Silent < 900*time.Millisecond || !strings.Contains(stats.SilentFunc, "TestSilence") {
			t.Errorf("%+v, %v", stats, err)
		}
	})
}

// A run inside of another one's body, with and without its Stack.
func TestNested(t *testing.T) {
	onProcs(t, 4)
	outer := func(s *stack, n int) int {
		inner := func(ctx context.Context) int {
			got, err := stealing.Run(ctx, fibBoth, 12)
			if err != nil {
				t.Error(err)
			}
			return got
		}
		if n == 0 {
			return inner(s) + inner(context.WithValue(s, t, n))
		}
		x, y := s.Both(n-1, n-1)
		return x + y
	}
	synctest.Test(t, func(t *testing.T) { // which sees goroutines that are left behind
		if got, err := stealing.Run(context.Background(), outer, 6); got != 64*2*144 || err != nil {
			t.Error(got, err)
		}
	})
}

// Other types inside of a run: the older records of the outer body are offered
// first, and come back in order.
func TestNestedTypes(t *testing.T) {
	onProcs(t, 4)
	words := func(s *stealing.Stack[string, int], w string) int {
		if len(w) < 2 {
			return len(w)
		}
		x, y := s.Both(w[:len(w)/2], w[len(w)/2:])
		return x + y
	}
	text := strings.Repeat("word", 100)
	for range 50 {
		got, err := stealing.Run(context.Background(), func(s *stack, n int) int {
			if n == 0 {
				k, _ := stealing.Run(s, words, text)
				return k
			}
			f := s.Fork(n - 1)
			k, _ := stealing.Run(s, words, text)
			return k + s.Join(f)
		}, 20)
		if got != 21*400 || err != nil {
			t.Fatal(got, err)
		}
	}
}

func TestManySmallRuns(t *testing.T) {
	onProcs(t, 4)
	synctest.Test(t, func(t *testing.T) { // which sees goroutines that are left behind
		for range 100 {
			go func() {
				for i := range 100 {
					if got, err := stealing.Run(context.Background(), fib, i%8); got != serial(i%8) || err != nil {
						t.Error(got, err)
					}
				}
			}()
		}
		synctest.Wait()
	})
}

// Misuse is a panic that says what is wrong.
func TestMisuse(t *testing.T) {
	for what, body := range map[string]func(s *stack, n int) int{
		"joined once, the youngest first": func(s *stack, n int) int {
			if n > 0 {
				return n
			}
			f, g := s.Fork(1), s.Fork(2)
			return s.Join(f) + s.Join(g)
		},
		"where 0 are under way": func(s *stack, n int) int {
			if n > 0 {
				return n
			}
			f := s.Fork(1)
			return s.Join(f) + s.Join(f)
		},
		"returned with 1 forks": func(s *stack, n int) int {
			if n == 0 {
				s.Fork(1)
			}
			return n
		},
	} {
		for _, procs := range []int{1, 2} {
			onProcs(t, procs)
			p := caught(func() {
				got, err := stealing.Run(context.Background(), body, 0)
				t.Errorf("want a panic that says %q, got %v, %v", what, got, err)
			})
			if p == nil || !strings.Contains(fmt.Sprint(p.Value), what) {
				t.Errorf("want a panic that says %q, got %v", what, p)
			}
		}
	}
}

// Deep and shallow recursions keep their results when everybody asks all the
// time: many more workers than cores.
func TestOversubscribed(t *testing.T) {
	onProcs(t, 16)
	for range 20 {
		if got, err := stealing.Run(context.Background(), fibJoin, 22); got != serial(22) || err != nil {
			t.Fatal(got, err)
		}
	}
	var chain func(s *stack, n int) int
	chain = func(s *stack, n int) int {
		if n == 0 {
			return 0
		}
		f := s.Fork(0)
		return 1 + chain(s, n-1) + s.Join(f)
	}
	if got, err := stealing.Run(context.Background(), chain, 20_000); got != 20_000 || err != nil {
		t.Error(got, err)
	}
}

// A body that ends the run by an error of its own.
func TestFail(t *testing.T) {
	onProcs(t, 4)
	cause := errors.New("no such thing")
	_, err := stealing.Run(context.Background(), func(s *stack, n int) int {
		if n == 0 {
			x, y := s.Both(1, 2)
			return x + y
		}
		s.Fail(cause)
		return 0
	}, 0)
	if err != cause {
		t.Errorf("Run = %v", err)
	}
}
