package actors_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet/flow/actors"
)

// kept returns the Context of a method that has returned: of one that has asked for
// Done, if asked, or of a turn that is over.
func kept(t *testing.T, to actors.Ref[Account], asked bool) (c *actors.Context) {
	t.Helper()
	err := Do.Call(background, to, func(mine *actors.Context, _ *account) error {
		if c = mine; asked {
			c.Done()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return c
}

var hearDown = actors.Action(Accounts, "hear of an end", func(Account, *actors.Context, actors.Down) error { return nil })

func panics(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}

func TestKeptContextSaysSo(t *testing.T) {
	for _, asked := range []bool{false, true} {
		inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
			a, b := spawn(t, sys, "a"), spawn(t, sys, "b")
			c := kept(t, a, asked)
			who := "the Context of a method was used after the method had returned"
			if asked {
				who = "the Context of do to account:a was used after the method had returned"
			}
			check := func(what string, v any) {
				t.Helper()
				if err, ok := v.(error); !ok || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), who) {
					t.Errorf("asked %v: %s: %v", asked, what, v)
				}
			}
			call := func(f func() error) any { return f() }
			check("Call", call(func() error { _, err := Deposit.Call(c, b, 1); return err }))
			check("Tell", Deposit.Tell(c, b, 1))
			check("Sleep", c.Sleep(time.Hour))
			check("Spawn", call(func() error { _, err := Accounts.Spawn(c, "child"); return err }))
			check("Go", Deposit.Go(c, b, 1, func(*actors.Context, int, error) {}))
			check("After", panics(func() { Deposit.After(c, ms, 1) }))
			check("Watch", panics(func() { actors.Watch(c, b, hearDown) }))
			check("Stop", panics(func() { c.Stop() }))
			check("Self", panics(func() { actors.Self[Account](c) }))
			within, cancel := c.WithTimeout(time.Hour)
			defer cancel()
			for what, ctx := range map[string]context.Context{"c": c, "WithTimeout": within, "WithValue": context.WithValue(c, ms, 1)} {
				if ctx.Err() != context.Canceled || ctx.Value("x") != nil {
					t.Error(asked, what, ctx.Err())
				}
				select {
				case <-ctx.Done():
				default:
					t.Error(asked, what, "is not done")
				}
			}
			_, _, _ = c.Name(), c.Now(), c.System()
			if n, err := Deposit.Call(background, b, 0); n != 0 || err != nil {
				t.Error(n, err)
			}
		})
	}
}

// What was made from a Context is cancelled when the method has returned, and belongs to
// no actor then.
func TestDerivedContextsEndWithTheMethod(t *testing.T) {
	inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
		a := spawn(t, sys, "a")
		var value, timeout, free, unused context.Context
		ended := make(chan error, 1)
		ctx, cancel := context.WithTimeout(background, time.Hour)
		defer cancel()
		for _, ctx := range []context.Context{background, ctx} {
			err := Do.Call(ctx, a, func(c *actors.Context, _ *account) error {
				unused = context.WithValue(c, ms, 1)
				value = context.WithValue(c, ms, 1)
				var cancel context.CancelFunc
				timeout, cancel = context.WithTimeout(value, time.Minute)
				t.Cleanup(cancel)
				free = context.WithoutCancel(value)
				context.AfterFunc(c, func() { ended <- context.Cause(timeout) })
				return errors.Join(value.Err(), timeout.Err())
			})
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if cause := <-ended; !strings.Contains(fmt.Sprint(cause), "the Context of do to account:a was used") {
				t.Error(cause)
			}
			for what, ctx := range map[string]context.Context{"value": value, "timeout": timeout, "unused": unused} {
				if _, err := Deposit.Call(ctx, a, 1); ctx.Err() != context.Canceled || !errors.Is(err, context.Canceled) {
					t.Error(what, ctx.Err(), err)
				}
			}
			// It waits for nobody's sake: were it the actor's, this would be a circle.
			if _, err := Deposit.Call(free, a, 0); err != nil {
				t.Error(err)
			}
		}
	})
}

// Goroutines of a method may do what the method may, at the same time.
func TestGoroutinesOfAMethod(t *testing.T) {
	sys := actors.New(background, actors.Rules{})
	a, b := spawn(t, sys, "a"), spawn(t, sys, "b")
	err := Do.Call(background, a, func(c *actors.Context, _ *account) error {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 50 {
					Deposit.After(c, time.Hour, 1).Stop(c)
					actors.Watch(c, b, hearDown).Unwatch(c)
					Deposit.Go(c, b, 1, func(*actors.Context, int, error) {})
				}
			})
		}
		all.Wait()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := Deposit.Call(background, b, 0); n != 400 || err != nil {
		t.Error(n, err)
	}
	if err := sys.Close(); err != nil {
		t.Error(err)
	}
}

// A Call that goes on when its method has returned does not leave the actor waiting.
func TestCallThatOutlivesItsMethod(t *testing.T) {
	inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
		a, b := spawn(t, sys, "a"), spawn(t, sys, "b")
		release, done := make(chan struct{}), make(chan error, 1)
		err := Do.Call(background, a, func(c *actors.Context, _ *account) error {
			go func() { done <- Do.Call(c, b, block(release)) }()
			synctest.Wait()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // the turn is over
		close(release)
		if err := <-done; err != nil || len(sys.Waits()) != 0 {
			t.Error(err, sys.Waits())
		}
	})
}
