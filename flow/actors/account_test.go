package actors_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/trivet-go/trivet/flow/actors"
)

// Account is the protocol that most tests use.
type Account interface {
	Deposit(*actors.Context, int) (int, error)
	Move(*actors.Context, MoveTo) (int, error)
	Tick(*actors.Context, int) (int, error)
	Do(*actors.Context, func(*actors.Context, *account) error) error
}

type MoveTo struct {
	To actors.Ref[Account]
	N  int
}

var (
	Accounts = actors.NewKind("account", func() Account { return new(account) }, actors.Traits{})
	Deposit  = actors.Method(Accounts, "deposit", Account.Deposit)
	Move     = actors.Method(Accounts, "move", Account.Move)
	Tick     = actors.Method(Accounts, "tick", Account.Tick)
	Do       = actors.Action(Accounts, "do", Account.Do)
)

var errShort = errors.New("short of money")

type account struct{ balance int }

func (a *account) Deposit(c *actors.Context, n int) (int, error) {
	a.balance += n
	return a.balance, nil
}

func (a *account) Move(c *actors.Context, m MoveTo) (int, error) {
	if a.balance < m.N {
		return a.balance, errShort
	}
	a.balance -= m.N
	return a.balance, Deposit.Tell(c, m.To, m.N)
}

// Tick uses its own Op and its own Kind.
func (a *account) Tick(c *actors.Context, n int) (int, error) {
	a.balance++
	if n == 0 {
		return a.balance, nil
	}
	return n, Tick.Tell(c, actors.Self[Account](c), n-1)
}

func (a *account) Do(c *actors.Context, f func(*actors.Context, *account) error) error {
	return f(c, a)
}

// inBubble runs a test in a bubble, with a system that is closed at its end.
func inBubble(t *testing.T, rules actors.Rules, test func(t *testing.T, sys *actors.System)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sys := actors.New(context.Background(), rules)
		test(t, sys)
		if err := sys.Close(); err != nil {
			t.Error("Close:", err)
		}
	})
}

func spawn(t *testing.T, at actors.Place, name string) actors.Ref[Account] {
	t.Helper()
	ref, err := Accounts.Spawn(at, name)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

var background = context.Background()

func TestCallTellAndItself(t *testing.T) {
	inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
		alice, bob := spawn(t, sys, "alice"), spawn(t, sys, "bob")
		if n, err := Deposit.Call(background, alice, 5); n != 5 || err != nil {
			t.Error(n, err)
		}
		if n, err := Move.Call(background, alice, MoveTo{bob, 3}); n != 2 || err != nil {
			t.Error(n, err)
		}
		if n, err := Move.Call(background, alice, MoveTo{bob, 3}); n != 2 || err != errShort {
			t.Error(n, err)
		}
		if n, err := Tick.Call(background, bob, 3); n != 3 || err != nil {
			t.Error(n, err)
		}
		synctest.Wait()
		if n, err := Deposit.Call(background, bob, 0); n != 7 || err != nil {
			t.Error(n, err)
		}
	})
}

func TestCircleIsNamed(t *testing.T) {
	inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
		a, b, x := spawn(t, sys, "a"), spawn(t, sys, "b"), spawn(t, sys, "x")
		call := func(to actors.Ref[Account], f func(*actors.Context, *account) error) func(*actors.Context, *account) error {
			return func(c *actors.Context, _ *account) error {
				return Do.Call(c, to, f)
			}
		}
		nop := func(*actors.Context, *account) error { return nil }
		err := Do.Call(background, a, call(b, call(x, call(a, nop))))
		want := "actors: do to account:a: account:x → account:a → account:b → account:x: actors would wait for each other in a circle: use Go, or Tell, at one place of it"
		if !errors.Is(err, actors.ErrCycle) || fmt.Sprint(err) != want {
			t.Errorf("got  %v\nwant %v", err, want)
		}
		if err := Do.Call(background, a, call(a, nop)); !errors.Is(err, actors.ErrCycle) {
			t.Error(err)
		}
		if err := Do.Call(background, a, call(b, call(x, nop))); err != nil {
			t.Error(err)
		}
	})
}
