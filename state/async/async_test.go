package async_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"pgregory.net/rapid"

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

// lateContext is done, and settles a promise just before it is waited for.
type lateContext struct {
	context.Context
	settle func()
}

func (c lateContext) Done() <-chan struct{} { c.settle(); return c.Context.Done() }

// If both are there the result wins, always.
func TestResultWinsOverContext(t *testing.T) {
	done, cancel := context.WithCancel(ctx)
	cancel()
	for range 100 {
		p, f := async.New[int]()
		late := lateContext{done, func() { p.Resolve(7) }}
		if v, err := f.Await(late); v != 7 || err != nil {
			t.Fatal(v, err)
		}
	}
}

// caught returns the *trivet.PanicError that f panics with, or nil.
func caught(f func()) (p *trivet.PanicError) {
	defer func() { p, _ = recover().(*trivet.PanicError) }()
	f()
	return nil
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

// The context of the work may end before that of the group.
func TestGroupsDoNotStartWhatIsOver(t *testing.T) {
	for name, start := range starters {
		synctest.Test(t, func(t *testing.T) {
			var f *async.Future[int]
			g := spawn.New(ctx, spawn.Rules{})
			g.Go(func(ctx context.Context) error {
				ctx, cancel := context.WithCancelCause(ctx)
				cancel(errB)
				f = start(ctx, func(context.Context, int) (int, error) { t.Error("ran"); return 0, nil }, 1)
				return nil
			})
			if err := g.Wait(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := f.Await(ctx); err != errB {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// Hooks have seen the end before anybody sees the result.
func TestResultsComeLast(t *testing.T) {
	var began, ended atomic.Int32
	ctx := trivet.WithHooks(ctx, &trivet.Hooks{
		TaskStart: func(trivet.TaskStartInfo) { began.Add(1) },
		TaskEnd: func(info trivet.TaskEndInfo) {
			if info.Err == errA {
				runtime.Gosched()
				ended.Add(1)
			}
		},
	})
	var s async.Shared[int, int]
	step := func(context.Context, int) (int, error) { return 0, errA }
	for i := range int32(100) {
		async.Go(ctx, step, 1).Await(ctx)
		s.Do(ctx, 1, step)
		if began.Load() != 2*i+2 || ended.Load() != 2*i+2 {
			t.Fatalf("round %d: %d began, %d ended", i, began.Load(), ended.Load())
		}
	}
}

// A future keeps its result alive, and not its work.
func TestWorkIsForgotten(t *testing.T) {
	for name, start := range map[string]func(context.Context, trivet.Step[*[64]int, int], *[64]int) *async.Future[int]{
		"Go": async.Go[*[64]int, int], "GoOrRun": async.GoOrRun[*[64]int, int],
	} {
		in := new([64]int)
		w := weak.Make(in)
		f := start(ctx, func(_ context.Context, in *[64]int) (int, error) { return in[0], nil }, in)
		f.Await(ctx)
		in = nil
		for w.Value() != nil {
			runtime.GC() // its goroutine may be on its way out
		}
		if !f.Ready() {
			t.Error(name)
		}
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

// children are programs that tests run in a process of their own.
var children = map[string]func(){
	// Loses one promise and keeps two.
	"lost promises": func() {
		keep, _ := async.New[int]()
		settled, _ := async.New[int]()
		settled.Resolve(1)
		lose()
		for { // until the parent has read the line
			runtime.GC()
			runtime.KeepAlive(keep)
		}
	},
	"nobody awaits": func() {
		async.Go(ctx, func(context.Context, int) (int, error) { return breakPlates(), nil }, 0)
		select {}
	},
	"nobody awaits what comes then": func() {
		p, f := async.New[int]()
		async.Then(f, func(int) (int, error) { return breakPlates(), nil })
		p.Resolve(1)
		select {}
	},
}

//go:noinline
func lose() { async.New[int]() }

func breakPlates() int { panic("no plates") }

func TestMain(m *testing.M) {
	if f := children[os.Getenv("ASYNC_CHILD")]; f != nil {
		f()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(t *testing.T, name string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, os.Args[0])
	c.Env = append(os.Environ(), "ASYNC_CHILD="+name)
	return c
}

func TestLostPromiseIsTold(t *testing.T) {
	var b bytes.Buffer
	pc, _, _, _ := runtime.Caller(0)
	async.WriteLost(&b, pc)
	if !strings.Contains(b.String(), "async_test.go") {
		t.Errorf("told %q", b.String())
	}

	c := child(t, "lost promises")
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stderr).ReadString('\n')
	c.Process.Kill()
	c.Wait()
	made := runtime.FuncForPC(reflect.ValueOf(lose).Pointer())
	file, at := made.FileLine(made.Entry())
	if want := fmt.Sprintf("%s:%d ", file, at); err != nil || !strings.Contains(line, want) {
		t.Errorf("told %q, %v; want %s", line, err, want)
	}
}

// A panic that nobody claims is not swallowed.
func TestCrashes(t *testing.T) {
	for _, name := range []string{"nobody awaits", "nobody awaits what comes then"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			output, err := child(t, name).CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 2 {
				t.Errorf("child ended with %v, want exit status 2", err)
			}
			for _, want := range []string{"panic: no plates", "stack of the task:", "async_test.breakPlates("} {
				if !strings.Contains(string(output), want) {
					t.Errorf("output lacks %q:\n%s", want, output)
				}
			}
		})
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

// Any does not wait on beside a panic that would crash the process meanwhile.
func TestCombinationsRaisePanics(t *testing.T) {
	for name, combine := range map[string]func(context.Context, ...*async.Future[int]) (int, error){
		"All": func(ctx context.Context, f ...*async.Future[int]) (int, error) {
			_, err := async.All(ctx, f...)
			return 0, err
		},
		"Any":  async.Any[int],
		"Race": async.Race[int],
	} {
		synctest.Test(t, func(t *testing.T) {
			breaks := func(_ context.Context, i int) (int, error) { time.Sleep(time.Second); panic(i) }
			f, g := async.Go(ctx, breaks, 1), async.Go(ctx, breaks, 2)
			slow := async.Go(ctx, after(time.Hour, nil), 3)
			begin := time.Now()
			p := caught(func() { combine(ctx, f, f, slow, g) })
			if p == nil || time.Since(begin) != time.Second {
				t.Errorf("%s: %v after %v", name, p, time.Since(begin))
			}
			caught(func() { f.Await(ctx) }) // one may have come a moment later
			caught(func() { g.Await(ctx) })
			slow.Await(ctx)
		})
	}
	synctest.Test(t, func(t *testing.T) { // both are there
		f := async.Then(async.Value(1), func(int) (int, error) { panic(1) })
		g := async.Then(async.Value(1), func(int) (int, error) { panic(2) })
		p := caught(func() { async.All(ctx, f, f, g) })
		var also *trivet.PanicError
		if p == nil || p.Value != 1 || !errors.As(p.Also, &also) || also.Value != 2 {
			t.Error(p)
		}
		time.Sleep(time.Hour) // no crash: both are claimed
	})
}

// Who stops waiting leaves nothing behind in a future that lives long.
func TestWatchersLeave(t *testing.T) {
	_, f := async.New[int]()
	done, cancel := context.WithCancel(ctx)
	cancel()
	size := testing.AllocsPerRun(100, func() {
		if _, err := async.Race(done, f, f); err != context.Canceled {
			t.Error(err)
		}
		if _, err := f.Await(done); err != context.Canceled {
			t.Error(err)
		}
	})
	if n := async.Watchers(f); n != 0 {
		t.Errorf("%d watchers, %v allocs", n, size)
	}
}

// They are called in the order in which they came, those that left not at all.
func TestWatchersKeepTheirOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, f := async.New[int]()
		var got, want []int
		leave := map[int]func(){}
		for i := range rapid.IntRange(0, 6).Draw(t, "watchers") {
			leave[i] = async.Watch(f, func() { got = append(got, i) })
		}
		left := rapid.Permutation(slices.Sorted(maps.Keys(leave))).Draw(t, "order")
		left = left[:rapid.IntRange(0, len(left)).Draw(t, "leave")]
		for _, i := range left {
			leave[i]()
			leave[i]()
		}
		for i := range leave {
			if !slices.Contains(left, i) {
				want = append(want, i)
			}
		}
		slices.Sort(want)
		p.Resolve(1)
		for _, leave := range leave {
			leave()
		}
		if !slices.Equal(got, want) {
			t.Fatalf("called %v, want %v", got, want)
		}
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

func TestSharedDoesNotWaitForItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s async.Shared[int, int]
		var step trivet.Step[int, int]
		step = func(ctx context.Context, key int) (int, error) {
			v, _, err := s.Do(ctx, (key+1)%3, step) // 0, 1, 2, and 0 again
			return v, err
		}
		if _, _, err := s.Do(ctx, 0, step); err != async.ErrOwnRun {
			t.Error(err)
		}
		var other async.Shared[int, int] // another instance is something else
		inner := func(context.Context, int) (int, error) { return 5, nil }
		v, _, err := s.Do(ctx, 0, func(ctx context.Context, key int) (int, error) {
			v, _, err := other.Do(ctx, key, inner)
			return v, err
		})
		if v != 5 || err != nil {
			t.Error(v, err)
		}
	})
}

// The run sees what the first caller's context holds.
func TestSharedKeepsValues(t *testing.T) {
	type key struct{}
	var s async.Shared[int, any]
	v, _, err := s.Do(context.WithValue(ctx, key{}, "v"), 1, func(ctx context.Context, _ int) (any, error) {
		return ctx.Value(key{}), ctx.Err()
	})
	if v != "v" || err != nil {
		t.Error(v, err)
	}
}

// Callers come, give up and forget at random: each gets the value of its own
// key from a run that was under way during the call, or its own cause, and at
// the end nothing is left.
func TestSharedStress(t *testing.T) {
	var s async.Shared[int, int]
	var running [3]atomic.Int32
	step := func(ctx context.Context, key int) (int, error) {
		running[key].Add(1)
		defer running[key].Add(-1)
		for range rand.IntN(50) {
			if ctx.Err() != nil {
				return 0, context.Cause(ctx)
			}
			runtime.Gosched()
		}
		return key, nil
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				key := rand.IntN(len(running))
				ctx, cancel := context.WithCancelCause(ctx)
				if rand.IntN(2) == 0 {
					wg.Go(func() { cancel(errA) })
				}
				if rand.IntN(20) == 0 {
					s.Forget(key)
				}
				if v, _, err := s.Do(ctx, key, step); err != errA && (err != nil || v != key) {
					t.Errorf("Do(%d) = %d, %v", key, v, err)
				}
				cancel(nil)
			}
		})
	}
	wg.Wait()
	for key := range running {
		if n := running[key].Load(); n != 0 {
			t.Errorf("%d runs of %d are left", n, key)
		}
	}
	if n := async.Runs(&s); n != 0 {
		t.Errorf("%d runs are kept", n)
	}
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
