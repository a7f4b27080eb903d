package stealing_test

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/task/stealing"
)

type stack = stealing.Stack[int, int]

func fib(s *stack, n int) int {
	if n < 2 {
		return n
	}
	f := s.Fork(n - 1)
	x := fib(s, n-2)
	if s.TakeBack(f) {
		return x + fib(s, n-1)
	}
	return x + s.Join(f)
}

func fibJoin(s *stack, n int) int {
	if n < 2 {
		return n
	}
	f := s.Fork(n - 1)
	return fibJoin(s, n-2) + s.Join(f)
}

func fibBoth(s *stack, n int) int {
	if n < 2 {
		return n
	}
	x, y := s.Both(n-1, n-2)
	return x + y
}

func fibRoom(s *stack, n int) int {
	if n < 2 {
		return n
	}
	if !s.Room() {
		return fibRoom(s, n-1) + fibRoom(s, n-2)
	}
	x, y := s.Both(n-1, n-2)
	return x + y
}

func serial(n int) int {
	if n < 2 {
		return n
	}
	return serial(n-1) + serial(n-2)
}

// onProcs runs the test with another GOMAXPROCS.
func onProcs(t *testing.T, n int) {
	old := runtime.GOMAXPROCS(n)
	t.Cleanup(func() { runtime.GOMAXPROCS(old) })
}

func TestResults(t *testing.T) {
	for _, procs := range []int{1, 2, 4, 8} {
		onProcs(t, procs)
		for name, body := range map[string]func(*stack, int) int{"TakeBack": fib, "Join": fibJoin, "Both": fibBoth, "Room": fibRoom} {
			for n := range 24 {
				got, err := stealing.Run(context.Background(), body, n)
				if err != nil || got != serial(n) {
					t.Fatalf("%d processors, %s: fib(%d) = %d, %v; want %d", procs, name, n, got, err, serial(n))
				}
			}
		}
	}
}

func TestStolen(t *testing.T) {
	onProcs(t, 4)
	var stats stealing.Stats
	ctx := stealing.With(context.Background(), stealing.Rules{Report: func(s stealing.Stats) { stats = s }})
	if got, err := stealing.Run(ctx, fib, 30); err != nil || got != serial(30) {
		t.Fatal(got, err)
	}
	t.Logf("%+v", stats)
	if forks := int64(serial(31) - 1); stats.Forks != forks { // one for each addition
		t.Errorf("%d forks, want %d", stats.Forks, forks)
	}
}

func TestCancelled(t *testing.T) {
	onProcs(t, 4)
	ctx, cancel := context.WithCancelCause(context.Background())
	cause := errors.New("enough")
	started := new(atomic.Int64)
	var endless func(s *stack, n int) int
	endless = func(s *stack, n int) int {
		if started.Add(1) == 10000 {
			cancel(cause)
		}
		f := s.Fork(n + 1)
		if n%64 != 63 {
			endless(s, n+1)
		}
		return s.Join(f)
	}
	if _, err := stealing.Run(ctx, endless, 0); err != cause {
		t.Errorf("Run = %v, want %v", err, cause)
	}
	if _, err := stealing.Run(ctx, fib, 1); err != cause {
		t.Errorf("Run under a context that is done = %v, want %v", err, cause)
	}
}

func TestPanic(t *testing.T) {
	onProcs(t, 4)
	for at := range 20 {
		var body func(s *stack, n int) int
		body = func(s *stack, n int) int {
			if n == at {
				panic("boom")
			}
			if n < 2 {
				return n
			}
			f := s.Fork(n - 1)
			x := body(s, n-2)
			return x + s.Join(f)
		}
		func() {
			defer func() {
				p, ok := recover().(*trivet.PanicError)
				if !ok || p.Value != "boom" || len(p.Stack) == 0 {
					t.Errorf("at %d: recovered %v", at, p)
				}
			}()
			got, err := stealing.Run(context.Background(), body, 20)
			t.Errorf("at %d: Run = %d, %v", at, got, err)
		}()
	}
}

func TestBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		got, err := stealing.Run(context.Background(), func(s *stack, n int) int {
			if n > 0 {
				x, y := s.Both(n-1, n-1)
				return x + y
			}
			s.Block(func() { time.Sleep(time.Hour) })
			return 1
		}, 6)
		if got != 64 || err != nil {
			t.Error(got, err)
		}
		t.Log(time.Since(begin))
	})
}
