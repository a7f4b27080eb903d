package actors_test

import (
	"context"
	"fmt"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/flow/actors"
)

func TestStatsTellWaitAndWork(t *testing.T) {
	inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
		ref := spawn(t, sys, "a")
		time.Sleep(ms)
		for range 3 { // of these, the first is measured
			Do.Tell(background, ref, func(*actors.Context, *account) error { time.Sleep(time.Second); return nil })
			synctest.Wait()
		}
		if long := sys.Longest(5); !slices.Equal(long, []actors.Mailbox{{Who: "account:a", Waits: 2, Limit: 1000}}) {
			t.Error(long)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		s := sys.Stats()
		i := slices.IndexFunc(s.Ops, func(o actors.OpStats) bool { return o.Op == "do" })
		want := actors.OpStats{Kind: "account", Op: "do", Samples: 1, Work: time.Second}
		if s.Handled != 3 || s.Actors != 1 || s.Ops[i] != want {
			t.Errorf("%+v", s)
		}
		if len(sys.Longest(5)) != 0 {
			t.Error(sys.Longest(5))
		}
	})
}

func TestWaits(t *testing.T) {
	kind := actors.NewKind("small", func() Account { return new(account) }, actors.Traits{Mailbox: 1})
	do := actors.Action(kind, "do", Account.Do)
	inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
		a, b, x := spawn(t, sys, "a"), spawn(t, sys, "b"), spawn(t, sys, "x")
		full, _ := kind.Spawn(sys, "full")
		release := make(chan struct{})
		for range 2 {
			do.Tell(background, full, block(release))
			synctest.Wait()
		}
		Do.Tell(background, a, func(c *actors.Context, _ *account) error {
			return Do.Call(c, b, block(release))
		})
		Do.Tell(background, x, func(c *actors.Context, _ *account) error {
			return do.Tell(c, full, nil)
		})
		synctest.Wait()
		if got := fmt.Sprint(sys.Waits()); got != "[account:a waits for account:b account:x waits for room in small:full]" {
			t.Error(got)
		}
		close(release)
		synctest.Wait()
		if got := sys.Waits(); len(got) != 0 {
			t.Error(got)
		}
	})
}

func TestHooksSeeActors(t *testing.T) {
	kind := actors.NewKind("small", func() Account { return new(account) }, actors.Traits{Mailbox: 2, Overflow: trivet.DropNewest})
	deposit, do := actors.Method(kind, "deposit", Account.Deposit), actors.Action(kind, "do", Account.Do)
	var seen []string
	note := func(format string, args ...any) { seen = append(seen, fmt.Sprintf(format, args...)) }
	ctx := trivet.WithHooks(background, &trivet.Hooks{
		ItemError:  func(i trivet.ItemErrorInfo) { note("error %s %v", i.Name, i.Err) },
		DeadLetter: func(i trivet.DeadLetterInfo) { note("letter %s %d", i.Name, i.Tries) },
		Drop:       func(i trivet.DropInfo) { note("drop %s %v %d", i.Name, i.Policy, i.Count) },
		Restart:    func(i trivet.RestartInfo) { note("restart %s %d", i.Name, i.Count) },
		Queue:      func(i trivet.QueueInfo) { note("queue %s %d of %d", i.Name, i.Depth, i.Limit) },
	})
	synctest.Test(t, func(t *testing.T) {
		sys := actors.New(ctx, actors.Rules{})
		defer sys.Close()
		ref, _ := kind.Spawn(sys, "")
		release := make(chan struct{})
		do.Tell(background, ref, func(c *actors.Context, _ *account) error {
			if name, _ := pprof.Label(c, "trivet"); name != "small" {
				t.Errorf("the profiler's label is %q", name)
			}
			<-release
			return errShort
		})
		synctest.Wait()
		do.Tell(background, ref, func(*actors.Context, *account) error { panic("poison") })
		deposit.Tell(background, ref, 1)
		deposit.Tell(background, ref, 2)
		close(release)
		time.Sleep(time.Second)
		synctest.Wait()
		want := "queue small 1 of 2, drop small#1 drop-newest 1, error small#1 short of money, queue small 2 of 2, letter small#1 1, restart small#1 1, queue small 1 of 2"
		if got := strings.Join(seen, ", "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

// A context with a deadline carries values and labels too.
func TestDeadlinesKeepValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := actors.New(context.WithValue(background, lifeKey{}, 7), actors.Rules{})
		defer sys.Close()
		ref := spawn(t, sys, "a")
		ctx, cancel := context.WithTimeout(background, time.Minute)
		defer cancel()
		err := Do.Call(ctx, ref, func(c *actors.Context, _ *account) error {
			<-time.After(time.Second)
			inner, cancel := c.WithTimeout(time.Hour)
			defer cancel()
			name, _ := pprof.Label(inner, "trivet")
			at, _ := inner.Deadline()
			return fmt.Errorf("%v %v %v", c.Value(lifeKey{}), name, at.Sub(c.Now()))
		})
		if err.Error() != "7 account 59s" {
			t.Error(err)
		}
	})
}
