package spawn_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/spawn"
)

// untilDone is a task that obeys its context.
func untilDone(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// caught returns the *trivet.PanicError that f panics with.
func caught(t *testing.T, f func()) (p *trivet.PanicError) {
	t.Helper()
	defer func() {
		t.Helper()
		v := recover()
		var ok bool
		if p, ok = v.(*trivet.PanicError); !ok {
			t.Fatalf("recovered %v (%T), want a *trivet.PanicError", v, v)
		}
	}()
	f()
	return nil
}

func TestWaitJoins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := new(atomic.Int32)
		g := spawn.New(context.Background(), spawn.Rules{})
		for i := range 3 {
			g.Go(func(ctx context.Context) error {
				g.Go(func(context.Context) error { // a task may start tasks
					time.Sleep(time.Duration(i) * time.Hour)
					ended.Add(1)
					return nil
				})
				time.Sleep(time.Duration(i) * time.Minute)
				ended.Add(1)
				return nil
			})
		}
		if err := g.Wait(); err != nil || ended.Load() != 6 {
			t.Errorf("Wait = %v after %d of 6 tasks", err, ended.Load())
		}
		if g.Running() != 0 || g.Context().Err() == nil || g.Go(untilDone) {
			t.Error("the group lives on after Wait")
		}
	})
}

func TestEmptyGroup(t *testing.T) {
	g := spawn.New(context.Background(), spawn.Rules{})
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	if g.Go(untilDone) {
		t.Error("a task started after Wait")
	}
}

func TestFirstCauseWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := spawn.New(context.Background(), spawn.Rules{})
		g.Go(untilDone)
		g.Go(func(ctx context.Context) error { <-ctx.Done(); return fmt.Errorf("gave up: %w", context.Cause(ctx)) })
		g.Go(func(ctx context.Context) error { <-ctx.Done(); return fs.ErrClosed })
		g.Go(func(ctx context.Context) error { time.Sleep(time.Second); return io.ErrUnexpectedEOF })
		err := g.Wait()
		if want := io.ErrUnexpectedEOF.Error() + "\n" + fs.ErrClosed.Error(); err == nil || err.Error() != want {
			t.Errorf("Wait = %v, want %v", err, want)
		}
	})
}

// An error alone comes back as it is, not wrapped.
func TestOneError(t *testing.T) {
	g := spawn.New(context.Background(), spawn.Rules{})
	g.Go(func(context.Context) error { return io.EOF })
	if err := g.Wait(); err != io.EOF {
		t.Errorf("Wait = %#v", err)
	}
}

// Errors need not be comparable.
type sliceError []string

func (e sliceError) Error() string { return strings.Join(e, ",") }

func TestUncomparableErrors(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(sliceError{"parent"})
	g := spawn.New(ctx, spawn.Rules{})
	g.Go(untilDone)
	if err := g.Wait(); err == nil || err.Error() != "parent" {
		t.Errorf("Wait = %v", err)
	}
	g = spawn.New(context.Background(), spawn.Rules{})
	g.Go(func(context.Context) error { return sliceError{"own"} })
	if err := g.Wait(); err == nil || err.Error() != "own" {
		t.Errorf("Wait = %v", err)
	}
}

func TestManyErrorsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := spawn.New(context.Background(), spawn.Rules{})
		for i := range 40 {
			g.Go(func(context.Context) error { time.Sleep(time.Second); return fmt.Errorf("error %d", i) })
		}
		lines := strings.Split(g.Wait().Error(), "\n")
		if len(lines) != 33 || lines[32] != "and 8 more errors" {
			t.Errorf("%d lines, the last is %q", len(lines), lines[len(lines)-1])
		}
	})
}

func TestParentCauseIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, cancel := context.WithCancelCause(context.Background())
		g := spawn.New(parent, spawn.Rules{})
		g.Go(untilDone)
		g.Go(func(ctx context.Context) error { <-ctx.Done(); return io.EOF })
		synctest.Wait() // a task that has not begun would be skipped
		cancel(fs.ErrPermission)
		err := g.Wait()
		if want := "permission denied\nEOF"; err == nil || err.Error() != want {
			t.Errorf("Wait = %v, want %q", err, want)
		}
	})
}

// An error that a task returns with the context's error is not lost with it.
func TestErrorsJoinedToCancelAreKept(t *testing.T) {
	for _, c := range []struct {
		extra error
		want  string
	}{
		{nil, "file already exists"},
		{io.EOF, "file already exists\nfirst: context canceled\nEOF"},
		{&trivet.PanicError{Value: "kept as a value"}, "file already exists\nfirst: context canceled\npanic: kept as a value"},
	} {
		synctest.Test(t, func(t *testing.T) {
			g := spawn.New(context.Background(), spawn.Rules{})
			g.Go(func(ctx context.Context) error {
				<-ctx.Done()
				return fmt.Errorf("first: %w", errors.Join(ctx.Err(), c.extra))
			})
			synctest.Wait()
			g.Cancel(fs.ErrExist)
			if err := g.Wait(); err == nil || err.Error() != c.want {
				t.Errorf("Wait = %v, want %v", err, c.want)
			}
		})
	}
}

// What was finished stays finished: a cancel that no task saw is no failure.
func TestCancelTooLate(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	g := spawn.New(ctx, spawn.Rules{})
	g.Go(func(context.Context) error { cancel(); return nil })
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}

func TestNothingStartsAfterCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := spawn.New(context.Background(), spawn.Rules{})
		g.Cancel(fs.ErrExist)
		if g.Go(func(context.Context) error { t.Error("task ran"); return nil }) {
			t.Error("Go = true")
		}
		if err := g.Wait(); err != fs.ErrExist {
			t.Errorf("Wait = %v", err)
		}
	})
}

func TestCancelBetweenGoAndBody(t *testing.T) {
	for range 1000 {
		ran := false
		g := spawn.New(context.Background(), spawn.Rules{})
		g.Go(func(context.Context) error { ran = true; return nil })
		g.Cancel(fs.ErrExist)
		if err := g.Wait(); (err == nil) != ran {
			t.Fatalf("ran = %v, Wait = %v", ran, err)
		}
	}
}

func breakPlates(context.Context) error { panic("no plates") }

func TestPanicIsRaisedInTheWaiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sibling atomic.Bool
		g := spawn.New(context.Background(), spawn.Rules{Name: "kitchen"})
		g.Go(func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(time.Minute) // more than the grace time
			sibling.Store(true)
			return nil
		})
		synctest.Wait()
		g.Go(breakPlates)
		p := caught(t, func() { g.Wait() })
		var stuck *trivet.StuckError
		if p.Value != "no plates" || !errors.As(p, &stuck) {
			t.Errorf("value %v, also %v", p.Value, p.Also)
		}
		lines := strings.Split(string(p.Stack), "\n")
		if !strings.HasPrefix(lines[0], "goroutine ") || !strings.Contains(lines[1], "spawn_test.breakPlates") {
			t.Errorf("the stack does not begin at the function that panicked:\n%s", p.Stack)
		}
		time.Sleep(time.Hour)
		if !sibling.Load() {
			t.Error("the sibling was killed")
		}
	})
}

func TestPanicCancelsAndJoins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := 0
		g := spawn.New(context.Background(), spawn.Rules{})
		g.Go(func(ctx context.Context) error { <-ctx.Done(); time.Sleep(time.Second); ended++; return io.EOF })
		synctest.Wait()
		g.Go(breakPlates)
		p := caught(t, func() { g.Wait() })
		if ended != 1 || !errors.Is(p.Also, io.EOF) {
			t.Errorf("ended %d, also %v", ended, p.Also)
		}
	})
}

// A panic is raised even if another failure came first, and tells of it.
func TestPanicAfterError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := spawn.New(context.Background(), spawn.Rules{})
		g.Go(func(ctx context.Context) error { <-ctx.Done(); panic(fs.ErrInvalid) })
		synctest.Wait()
		g.Go(func(context.Context) error { return io.EOF })
		p := caught(t, func() { g.Wait() })
		if !errors.Is(p, fs.ErrInvalid) || p.Also == nil || p.Also.Error() != "EOF" {
			t.Errorf("value %v, also %v", p.Value, p.Also)
		}
	})
}

// A panic is no echo of the cancel, whatever its value.
func TestPanicWithContextError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := spawn.New(context.Background(), spawn.Rules{})
		g.Go(func(ctx context.Context) error { <-ctx.Done(); panic(ctx.Err()) })
		synctest.Wait()
		g.Cancel(io.EOF)
		if p := caught(t, func() { g.Wait() }); p.Value != context.Canceled || p.Also != io.EOF {
			t.Errorf("value %v, also %v", p.Value, p.Also)
		}
	})
}

func TestTwoPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := spawn.New(context.Background(), spawn.Rules{})
		g.Go(func(ctx context.Context) error { <-ctx.Done(); panic("second") })
		synctest.Wait()
		g.Go(func(context.Context) error { panic("first") })
		p := caught(t, func() { g.Wait() })
		var second *trivet.PanicError
		if p.Value != "first" || !errors.As(p.Also, &second) || second.Value != "second" {
			t.Errorf("value %v, also %v", p.Value, p.Also)
		}
	})
}

func writeTo(m map[int]int) { m[1] = 1 }

func TestOddPanics(t *testing.T) {
	for _, c := range []struct {
		name  string
		panic func()
		check func(*trivet.PanicError) bool
	}{
		{"nil", func() { panic(nil) }, func(p *trivet.PanicError) bool {
			var want *runtime.PanicNilError
			return errors.As(p, &want)
		}},
		{"nil map", func() { var m map[int]int; writeTo(m) }, func(p *trivet.PanicError) bool {
			var want runtime.Error
			return errors.As(p, &want) && strings.Contains(string(p.Stack), "TestOddPanics")
		}},
		{"in a deferred function", func() { defer panic("later"); panic("sooner") }, func(p *trivet.PanicError) bool {
			return p.Value == "later"
		}},
		{"recovered by the task", func() { func() { defer func() { recover() }(); panic("hidden") }(); panic("seen") },
			func(p *trivet.PanicError) bool { return p.Value == "seen" }},
	} {
		g := spawn.New(context.Background(), spawn.Rules{})
		g.Go(func(context.Context) error { c.panic(); return nil })
		if p := caught(t, func() { g.Wait() }); !c.check(p) {
			t.Errorf("%s: %v", c.name, p)
		}
	}
}

// A panic keeps the stack of the innermost task on its way up.
func TestNestedPanic(t *testing.T) {
	outer := spawn.New(context.Background(), spawn.Rules{})
	outer.Go(func(ctx context.Context) error {
		inner := spawn.New(ctx, spawn.Rules{})
		inner.Go(breakPlates)
		return inner.Wait()
	})
	p := caught(t, func() { outer.Wait() })
	if p.Value != "no plates" || !strings.Contains(string(p.Stack), "breakPlates") || p.Also != nil {
		t.Errorf("%v", p)
	}
}

func TestGoexit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := spawn.New(context.Background(), spawn.Rules{})
		g.Go(untilDone)
		g.Go(func(context.Context) error { runtime.Goexit(); return nil })
		if err := g.Wait(); err != trivet.ErrGoexit {
			t.Errorf("Wait = %v", err)
		}
	})
}

func ignoreContext(context.Context) error { time.Sleep(time.Hour); return nil }

func TestStuckFunctionIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		g := spawn.New(ctx, spawn.Rules{Name: "thumbs", Grace: 3 * time.Second})
		g.Go(untilDone)
		g.Go(ignoreContext)
		g.Start(spawn.Task{Name: "thumbs/resize", Func: ignoreContext, Run: func(ctx context.Context) error { return ignoreContext(ctx) }})
		synctest.Wait()
		cancel(fs.ErrExist)
		begin := time.Now()
		err := g.Wait()
		if took := time.Since(begin); took != 3*time.Second {
			t.Errorf("Wait took %v", took)
		}
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != 3 || !errors.Is(err, fs.ErrExist) ||
			!strings.HasPrefix(lines[1], "thumbs: github.com/trivet-go/trivet/internal/spawn_test.ignoreContext (group_test.go:") ||
			!strings.HasPrefix(lines[2], "thumbs/resize: github.com/trivet-go/trivet/internal/spawn_test.ignoreContext (group_test.go:") {
			t.Errorf("Wait = %v", err)
		}
		time.Sleep(time.Hour) // the bubble must see the stuck functions end
	})
}

// Nobody ignores the context but the innermost function: it alone is blamed.
func TestInnermostCulpritIsNamed(t *testing.T) {
	for range 50 { // timers that end together end in any order
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			outer := spawn.New(ctx, spawn.Rules{Name: "outer"})
			for range 3 {
				outer.Go(func(ctx context.Context) error {
					inner := spawn.New(ctx, spawn.Rules{Name: "inner"})
					inner.Go(ignoreContext)
					return inner.Wait()
				})
			}
			synctest.Wait()
			cancel()
			err := outer.Wait()
			var stuck *trivet.StuckError
			if !errors.As(err, &stuck) || stuck.Name != "inner" || strings.Contains(err.Error(), "outer") {
				t.Errorf("Wait = %v", err)
			}
			time.Sleep(time.Hour)
		})
	}
}

// A group that outlives its tasks keeps nothing of theirs alive.
func TestTasksAreForgotten(t *testing.T) {
	g := spawn.New(context.Background(), spawn.Rules{})
	ended := make(chan bool)
	big := func() weak.Pointer[[1 << 20]byte] {
		data := new([1 << 20]byte)
		g.Go(func(context.Context) error { data[0]++; close(ended); return nil })
		return weak.Make(data)
	}()
	<-ended
	for big.Value() != nil { // the test's time limit is the limit
		runtime.GC()
	}
	g.Wait()
}

// Somebody else's Go at the time of Wait is refused or joined, never both.
func TestGoRacesWait(t *testing.T) {
	for round := range 5000 {
		var started, ended atomic.Int64
		g := spawn.New(context.Background(), spawn.Rules{})
		over := make(chan bool)
		go func() {
			defer close(over)
			for g.Go(func(context.Context) error { ended.Add(1); return nil }) {
				for n := started.Add(1); ended.Load() < n; {
					runtime.Gosched()
				}
				for range round % 100 { // until nothing runs, more or less
					runtime.Gosched()
				}
			}
		}()
		for started.Load() == 0 {
			runtime.Gosched()
		}
		g.Wait()
		atWait := ended.Load()
		if <-over; ended.Load() != atWait {
			t.Fatal("a task ran after Wait")
		}
	}
}

func TestInside(t *testing.T) {
	outer := spawn.New(context.Background(), spawn.Rules{})
	other := spawn.New(context.Background(), spawn.Rules{})
	outer.Go(func(ctx context.Context) error {
		inner := spawn.New(ctx, spawn.Rules{})
		inner.Go(func(ctx context.Context) error {
			if !outer.Inside(ctx) || !inner.Inside(ctx) || other.Inside(ctx) {
				t.Error("inner task does not know where it is")
			}
			return nil
		})
		if inner.Inside(ctx) || spawn.From(ctx) != outer {
			t.Error("outer task does not know where it is")
		}
		return inner.Wait()
	})
	if err := outer.Wait(); err != nil || outer.Inside(context.Background()) {
		t.Error(err)
	}
	other.Wait()
}

func TestWaitTwice(t *testing.T) {
	g := spawn.New(context.Background(), spawn.Rules{})
	g.Wait()
	defer func() {
		if v := recover(); v != "spawn: Wait called twice on the same group" {
			t.Errorf("recovered %v", v)
		}
	}()
	g.Wait()
}

func TestHooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var starts []string
		var ends []trivet.TaskEndInfo
		ctx := trivet.WithHooks(context.Background(), &trivet.Hooks{
			TaskStart: func(i trivet.TaskStartInfo) { starts = append(starts, i.Name) },
			TaskEnd:   func(i trivet.TaskEndInfo) { ends = append(ends, i) },
		})
		for _, f := range []func(context.Context) error{
			func(context.Context) error { time.Sleep(time.Minute); return nil },
			func(context.Context) error { return io.EOF },
			func(context.Context) error { runtime.Goexit(); return nil },
			breakPlates,
		} {
			g := spawn.New(ctx, spawn.Rules{Name: "watched"})
			g.Go(f)
			func() {
				defer func() { recover() }()
				g.Wait()
			}()
		}
		if !slices.Equal(starts, []string{"watched", "watched", "watched", "watched"}) || len(ends) != 4 {
			t.Fatalf("starts %q, ends %v", starts, ends)
		}
		var p *trivet.PanicError
		if ends[0].Took != time.Minute || ends[0].Err != nil || ends[1].Err != io.EOF || ends[2].Err != trivet.ErrGoexit ||
			!errors.As(ends[3].Err, &p) || !strings.Contains(strings.Split(string(p.Stack), "\n")[1], "breakPlates") {
			t.Errorf("ends %v", ends)
		}
	})
}

// Many starters, tasks that start tasks, random failures: what was started
// ends, and the verdict fits.
func TestStress(t *testing.T) {
	for round := range 200 {
		var started, ended atomic.Int64
		g := spawn.New(context.Background(), spawn.Rules{})
		var tree func(depth int) func(context.Context) error
		tree = func(depth int) func(context.Context) error {
			return func(context.Context) error {
				defer ended.Add(1)
				for range 3 {
					if depth > 0 && g.Go(tree(depth-1)) {
						started.Add(1)
					}
				}
				if depth == 0 && round%4 == 1 && started.Load() > 100 {
					return io.EOF
				}
				return nil
			}
		}
		for range 3 {
			if g.Go(tree(4)) {
				started.Add(1)
			}
		}
		err := g.Wait()
		// A task that was started but found its context done was not run.
		if n := started.Load(); round%4 != 1 && (err != nil || n != 363 || ended.Load() != n) ||
			round%4 == 1 && (!errors.Is(err, io.EOF) || ended.Load() > n) {
			t.Fatalf("round %d: started %d, ended %d, Wait = %v", round, n, ended.Load(), err)
		}
	}
}

// A group that failed for several reasons at once is the cause of all around it.
// Each of those that ends for that cause, and wraps it, must not join it again.
func TestACauseThatIsJoinedIsToldOnce(t *testing.T) {
	inner := errors.Join(errors.New("one"), errors.New("two"))
	g := spawn.New(t.Context(), spawn.Rules{Name: "outer"})
	g.Go(func(context.Context) error { return inner })
	for range 3 {
		g.Go(func(ctx context.Context) error {
			<-ctx.Done()
			return &trivet.StepError{Name: "other", Err: context.Cause(ctx)}
		})
	}
	if err := g.Wait(); err != inner {
		t.Errorf("got %v", err)
	}
}
