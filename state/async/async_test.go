package async_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/spawn"
	"github.com/trivet-go/trivet/state/async"
)

var (
	ctx  = context.Background()
	errA = errors.New("a")
	errB = errors.New("b")
)

func after(d time.Duration, err error) trivet.Step[int, int] {
	return func(ctx context.Context, i int) (int, error) {
		select {
		case <-time.After(d):
			return i, err
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}

type starter = func(context.Context, trivet.Step[int, int], int) *async.Future[int]

var starters = map[string]starter{"Go": async.Go[int, int], "GoOrRun": async.GoOrRun[int, int]}

func TestGo(t *testing.T) {
	for name, start := range starters {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			f := start(ctx, after(time.Second, nil), 7)
			if f.Ready() || time.Since(begin) != 0 {
				t.Errorf("%s: it did not return at once", name)
			}
			for range 3 {
				if v, err := f.Await(ctx); v != 7 || err != nil || time.Since(begin) != time.Second {
					t.Errorf("%s: %d, %v after %v", name, v, err, time.Since(begin))
				}
			}
			<-f.Done()
			if !f.Ready() {
				t.Errorf("%s: not ready", name)
			}
			if v, err := start(ctx, after(0, errA), 7).Await(ctx); v != 7 || err != errA {
				t.Errorf("%s: %d, %v", name, v, err)
			}
		})
	}
}

func TestContexts(t *testing.T) {
	for name, start := range starters {
		synctest.Test(t, func(t *testing.T) {
			work, cancel := context.WithCancelCause(ctx)
			f := start(work, after(time.Hour, nil), 7)
			if name == "GoOrRun" {
				synctest.Wait() // or this goroutine does the work
			}
			short, cancelShort := context.WithTimeout(ctx, time.Second)
			defer cancelShort()
			if _, err := f.Await(short); err != context.DeadlineExceeded {
				t.Errorf("%s: %v", name, err)
			}
			cancel(errA)
			if _, err := f.Await(ctx); err != errA {
				t.Errorf("%s: cancelled, and got %v", name, err)
			}
			if _, err := f.Await(short); err != errA {
				t.Errorf("%s: a result that is there: %v", name, err)
			}
			never := func(context.Context, int) (int, error) { t.Error("ran"); return 0, nil }
			if _, err := start(work, never, 7).Await(ctx); err != errA {
				t.Errorf("%s: started after the end: %v", name, err)
			}
		})
	}
}

func TestPanicReachesEveryWaiter(t *testing.T) {
	for name, start := range starters {
		synctest.Test(t, func(t *testing.T) {
			f := start(ctx, func(context.Context, int) (int, error) { time.Sleep(time.Millisecond); panic(errA) }, 7)
			then := async.Then(f, func(i int) (int, error) { return i, nil })
			var wg sync.WaitGroup
			for _, f := range []*async.Future[int]{f, f, then} {
				wg.Go(func() {
					defer func() {
						p, ok := recover().(*trivet.PanicError)
						if !ok || !errors.Is(p, errA) || !strings.Contains(string(p.Stack), "TestPanicReachesEveryWaiter") {
							t.Errorf("%s: %v", name, p)
						}
					}()
					f.Await(ctx)
				})
			}
			wg.Wait()
		})
	}
}

func TestGoexit(t *testing.T) {
	for name, start := range starters {
		synctest.Test(t, func(t *testing.T) {
			f := start(ctx, func(context.Context, int) (int, error) { runtime.Goexit(); return 0, nil }, 7)
			synctest.Wait()
			if _, err := f.Await(ctx); !errors.Is(err, trivet.ErrGoexit) {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// In a task of a group the work belongs to the group.
func TestGroupsWaitForTheirFutures(t *testing.T) {
	for name, start := range starters {
		synctest.Test(t, func(t *testing.T) {
			ended := false
			g := spawn.New(ctx, spawn.Rules{})
			g.Go(func(ctx context.Context) error {
				start(ctx, func(context.Context, int) (int, error) { time.Sleep(time.Second); ended = true; return 0, errA }, 1)
				return nil
			})
			if err := g.Wait(); err != nil || !ended {
				t.Errorf("%s: %v, ended %v", name, err, ended)
			}
			// A task that is skipped settles its future.
			g = spawn.New(ctx, spawn.Rules{})
			var f *async.Future[int]
			g.Go(func(ctx context.Context) error {
				f = start(ctx, after(time.Hour, nil), 1)
				return errA
			})
			if err := g.Wait(); err != errA {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := f.Await(ctx); !errors.Is(err, errA) {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// The first waiter runs the work, the second waits for it.
func TestClaiming(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runs := 0
		f := async.GoOrRun(ctx, func(context.Context, int) (int, error) { runs++; time.Sleep(time.Second); return 1, nil }, 0)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if v, err := f.Await(ctx); v != 1 || err != nil {
					t.Error(v, err)
				}
			})
		}
		wg.Wait()
		if runs != 1 {
			t.Errorf("%d runs", runs)
		}
	})
}

func TestPromise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, f := async.New[int]()
		time.AfterFunc(time.Second, func() { p.Resolve(7) })
		if v, err := f.Await(ctx); v != 7 || err != nil {
			t.Error(v, err)
		}
		if p.Resolve(8) || p.Reject(errA) {
			t.Error("settled twice")
		}
		p, f = async.New[int]()
		if !p.Reject(errA) {
			t.Error("not rejected")
		}
		if _, err := f.Await(ctx); err != errA {
			t.Error(err)
		}
		if v, err := async.Value(3).Await(ctx); v != 3 || err != nil {
			t.Error(v, err)
		}
		if _, err := async.Failed[int](errA).Await(ctx); err != errA {
			t.Error(err)
		}
	})
}

func TestLostPromiseIsTold(t *testing.T) {
	p, f := async.New[int]()
	var b bytes.Buffer
	async.ReportLost(f, &b)
	if !strings.Contains(b.String(), "async_test.go") {
		t.Errorf("told %q", b.String())
	}
	p.Resolve(1)
	b.Reset()
	async.ReportLost(f, &b)
	if b.Len() != 0 {
		t.Errorf("told %q of a promise that was kept", b.String())
	}
}

func TestCombinations(t *testing.T) {
	start := func(d time.Duration, err error) *async.Future[int] {
		return async.Go(ctx, after(d*time.Millisecond, err), int(d))
	}
	for _, test := range []struct {
		name    string
		futures func() []*async.Future[int]
		all     string
		any     string
		race    string
	}{
		{"good", func() []*async.Future[int] { return []*async.Future[int]{start(3, nil), start(1, nil), start(2, nil)} },
			"[3 1 2] <nil> 3ms", "1 <nil> 1ms", "1 <nil> 1ms"},
		{"one bad", func() []*async.Future[int] { return []*async.Future[int]{start(3, nil), start(1, errA), start(2, nil)} },
			"[] a 1ms", "2 <nil> 2ms", "1 a 1ms"},
		{"all bad", func() []*async.Future[int] { return []*async.Future[int]{start(2, errA), start(1, errB)} },
			"[] b 1ms", "0 a\nb 2ms", "1 b 1ms"},
		{"there", func() []*async.Future[int] { return []*async.Future[int]{async.Value(5), async.Value(6)} },
			"[5 6] <nil> 0s", "5 <nil> 0s", "5 <nil> 0s"},
		{"none", func() []*async.Future[int] { return nil },
			"[] <nil> 0s", "0 " + async.ErrNothing.Error() + " 0s", "0 " + async.ErrNothing.Error() + " 0s"},
	} {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			all, err := async.All(ctx, test.futures()...)
			if got := fmt.Sprint(all, " ", err, " ", time.Since(begin)); got != test.all {
				t.Errorf("%s: All %s", test.name, got)
			}
			begin = time.Now()
			v, err := async.Any(ctx, test.futures()...)
			if got := fmt.Sprint(v, " ", err, " ", time.Since(begin)); got != test.any {
				t.Errorf("%s: Any %s", test.name, got)
			}
			begin = time.Now()
			v, err = async.Race(ctx, test.futures()...)
			if got := fmt.Sprint(v, " ", err, " ", time.Since(begin)); got != test.race {
				t.Errorf("%s: Race %s", test.name, got)
			}
			time.Sleep(time.Second)
		})
	}
	synctest.Test(t, func(t *testing.T) {
		short, cancel := context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		f := start(5, nil)
		if _, err := async.All(short, f); err != context.DeadlineExceeded {
			t.Error(err)
		}
		f.Await(ctx)
	})
}

func TestThen(t *testing.T) {
	double := func(i int) (int, error) { return 2 * i, nil }
	p, f := async.New[int]()
	later, there := async.Then(f, double), async.Then(async.Value(4), double)
	p.Resolve(3)
	a, _ := later.Await(ctx)
	b, _ := there.Await(ctx)
	if _, err := async.Then(async.Failed[int](errA), double).Await(ctx); a != 6 || b != 8 || err != errA {
		t.Error(a, b, err)
	}
	defer func() {
		if p, ok := recover().(*trivet.PanicError); !ok || p.Value != "boom" {
			t.Error(p)
		}
	}()
	async.Then(f, func(int) (int, error) { panic("boom") }).Await(ctx)
}

func TestSharedRunsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s async.Shared[string, int]
		var runs, shares atomic.Int32
		step := func(context.Context, string) (int, error) { runs.Add(1); time.Sleep(time.Second); return 7, errA }
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				v, shared, err := s.Do(ctx, "k", step)
				if v != 7 || err != errA {
					t.Error(v, err)
				}
				if shared {
					shares.Add(1)
				}
			})
		}
		wg.Wait()
		s.Do(ctx, "k", step)
		if runs.Load() != 2 || shares.Load() != 4 {
			t.Errorf("%d runs, %d shared", runs.Load(), shares.Load())
		}
		go s.Do(ctx, "k", step)
		synctest.Wait()
		s.Forget("k")
		s.Do(ctx, "k", step)
		if runs.Load() != 4 {
			t.Errorf("%d runs after Forget", runs.Load())
		}
	})
}

func TestSharedCallersLeaveAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s async.Shared[string, int]
		var cause error
		ended := false
		step := func(ctx context.Context, _ string) (int, error) {
			select {
			case <-ctx.Done():
				cause = context.Cause(ctx)
				time.Sleep(time.Second)
				ended = true
				return 0, cause
			case <-time.After(time.Minute):
				return 7, nil
			}
		}
		within := func(d time.Duration) (int, error) {
			ctx, cancel := context.WithTimeout(ctx, d)
			defer cancel()
			v, _, err := s.Do(ctx, "k", step)
			return v, err
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := within(time.Second); err != context.DeadlineExceeded { // the first one
				t.Error(err)
			}
		})
		synctest.Wait()
		if v, err := within(time.Hour); v != 7 || err != nil {
			t.Error("the run did not outlive its first caller: ", v, err)
		}
		wg.Wait()

		begin := time.Now()
		for _, d := range []time.Duration{2 * time.Second, 3 * time.Second} {
			wg.Go(func() {
				if _, err := within(d); err != context.DeadlineExceeded {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if cause != async.ErrLeft || !ended || time.Since(begin) != 4*time.Second {
			t.Errorf("cause %v, ended %v after %v", cause, ended, time.Since(begin))
		}
	})
}

func TestSharedPanicReachesAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s async.Shared[int, int]
		var caught atomic.Int32
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				defer func() {
					if p, ok := recover().(*trivet.PanicError); ok && p.Value == "boom" {
						caught.Add(1)
					}
				}()
				s.Do(ctx, 1, func(context.Context, int) (int, error) { time.Sleep(time.Millisecond); panic("boom") })
			})
		}
		wg.Wait()
		if caught.Load() != 3 {
			t.Errorf("%d callers got the panic", caught.Load())
		}
		if v, _, err := s.Do(ctx, 1, func(context.Context, int) (int, error) { return 1, nil }); v != 1 || err != nil {
			t.Error(v, err)
		}
	})
}

func TestSharedStuckRunIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s async.Shared[int, int]
		release := make(chan bool)
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, _, err := s.Do(short, 1, func(context.Context, int) (int, error) { <-release; return 0, nil })
		var stuck *trivet.StuckError
		if !errors.As(err, &stuck) || !strings.Contains(stuck.Func, "TestSharedStuckRunIsNamed") || !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		close(release)
	})
}

// A result is seen once and by all, however many settle and await.
func TestStress(t *testing.T) {
	for range 300 {
		p, f := async.New[int]()
		var won atomic.Int32
		var got [4]int
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				if p.Resolve(i + 1) {
					won.Add(1)
				}
			})
			wg.Go(func() {
				switch i {
				case 0:
					<-f.Done()
					got[i], _ = f.Await(ctx)
				case 1:
					got[i], _ = async.Race(ctx, f)
				case 2:
					got[i], _ = async.Then(f, func(i int) (int, error) { return i, nil }).Await(ctx)
				default:
					got[i], _ = f.Await(ctx)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 || got[0] == 0 || slices.Min(got[:]) != slices.Max(got[:]) {
			t.Fatalf("%d have settled, and others saw %v", won.Load(), got)
		}
	}
}

// How do I do something else while a value is being made?
func ExampleGo() {
	length := async.Go(context.Background(), func(_ context.Context, s string) (int, error) { return len(s), nil }, "hello")
	fmt.Println("meanwhile")
	fmt.Println(length.Await(context.Background()))
	// Output:
	// meanwhile
	// 5 <nil>
}

// How do I make a future of a callback?
func ExampleNew() {
	promise, future := async.New[string]()
	time.AfterFunc(time.Millisecond, func() { promise.Resolve("called back") })
	fmt.Println(future.Await(context.Background()))
	// Output: called back <nil>
}

// How do I take the answer of whoever is first?
func ExampleAny() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel() // ends the slow one
	mirror := func(after time.Duration) *async.Future[string] {
		return async.Go(ctx, func(ctx context.Context, d time.Duration) (string, error) {
			select {
			case <-time.After(d):
				return d.String(), nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}, after)
	}
	fmt.Println(async.Any(ctx, mirror(time.Minute), mirror(time.Millisecond)))
	// Output: 1ms <nil>
}

// How do I keep a hundred requests from loading the same thing?
func ExampleShared() {
	var pages async.Shared[string, string]
	load := func(ctx context.Context, url string) (string, error) { return "page " + url, nil }
	page, _, err := pages.Do(context.Background(), "/", load)
	fmt.Println(page, err)
	// Output: page / <nil>
}

func BenchmarkFuture(b *testing.B) {
	step := func(context.Context, int) (int, error) { return 1, nil }
	for name, start := range starters {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				start(ctx, step, 1).Await(ctx)
			}
		})
	}
	b.Run("chan", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			done := make(chan struct{})
			var v int
			go func() { v, _ = step(ctx, 1); close(done) }()
			<-done
			_ = v
		}
	})
	b.Run("Value", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			async.Value(1)
		}
	})
	f := async.Value(1)
	b.Run("await done", func(b *testing.B) {
		for b.Loop() {
			f.Await(ctx)
		}
	})
}
