package actors_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/flow/actors"
)

func TestTraitsMakeSense(t *testing.T) {
	state := func() Account { return new(account) }
	for want, make := range map[string]func(){
		"Overflow 9": func() { actors.NewKind("q", state, actors.Traits{Overflow: 9}) },
		"Idle -1ns":  func() { actors.NewKind("q", state, actors.Traits{Idle: -1}) },
		"Strategy 7": func() { actors.NewKind("q", state, actors.Traits{Supervision: actors.Supervision{Strategy: 7}}) },
		"Restarts -1": func() {
			actors.NewKind("q", state, actors.Traits{Supervision: actors.Supervision{Restarts: -1}})
		},
		"First -1ns":                            func() { actors.NewKind("q", state, actors.Traits{Supervision: actors.Supervision{First: -1}}) },
		"without a function that makes a state": func() { actors.NewKind[Account]("q", nil, actors.Traits{}) },
		`method "x" of kind "account" without`:  func() { actors.Method[Account, int, int](Accounts, "x", nil) },
		`method "y" of kind "account" without`:  func() { actors.Action[Account, int](Accounts, "y", nil) },
		"Rules.Supervision with Restarts -2":    func() { actors.New(background, actors.Rules{Supervision: actors.Supervision{Restarts: -2}}) },
	} {
		if got := fmt.Sprint(panics(make)); !strings.HasPrefix(got, "actors: ") || !strings.Contains(got, want) {
			t.Errorf("%s: %s", want, got)
		}
	}
	if got := panics(func() { actors.NewKind("q", state, actors.Traits{Mailbox: 1e6, Overflow: trivet.Divert}) }); got != nil {
		t.Error(got)
	}
}

type sick struct{ account }

var errBase = errors.New("no database")

func (*sick) Start(*actors.Context) error { return errBase }

// Whoever sends to an actor that was given up learns why, and a hook is told once.
func TestGivenUpSaysWhy(t *testing.T) {
	kind := actors.NewKind("q", func() Account { return new(sick) }, actors.Traits{})
	deposit := actors.Method(kind, "deposit", Account.Deposit)
	synctest.Test(t, func(t *testing.T) {
		var told []string
		ctx := trivet.WithHooks(background, &trivet.Hooks{
			ItemError: func(i trivet.ItemErrorInfo) { told = append(told, fmt.Sprint(i.Name, ": ", i.Err)) },
		})
		sys := actors.New(ctx, actors.Rules{})
		defer sys.Close()
		q, _ := kind.Spawn(sys, "x")
		waiting := make(chan error, 1)
		go func() {
			_, err := deposit.Call(background, q, 1)
			waiting <- err
		}()
		time.Sleep(time.Minute)
		_, later := deposit.Call(background, q, 1)
		want := "actors: deposit to q:x: it has been stopped: actors: q:x has failed, failure 6 within 1m0s: no database"
		for _, err := range []error{<-waiting, later, deposit.Tell(background, q, 1)} {
			if !errors.Is(err, actors.ErrStopped) || !errors.Is(err, errBase) || err.Error() != want {
				t.Error(err)
			}
		}
		if got := strings.Join(told, ", "); got != "q:x: actors: q:x was given up after 6 failures within 1m0s: no database" {
			t.Error(got)
		}
	})
}

// A panic is one line in a dead letter, and a stack of the user's frames in its error.
func TestPanicsAreShort(t *testing.T) {
	var letters []actors.DeadLetter
	inBubble(t, actors.Rules{DeadLetters: func(l actors.DeadLetter) { letters = append(letters, l) }}, func(t *testing.T, sys *actors.System) {
		a := spawn(t, sys, "a")
		Do.Call(background, a, explode)
		if len(letters) != 1 || letters[0].String() != "do to account:a: panic: boom [in actors_test.explode, mistakes_test.go:"+line(letters[0].Err)+"]" {
			t.Error(letters)
		}
		var p *trivet.PanicError
		if !errors.As(letters[0].Err, &p) {
			t.Fatal(letters)
		}
		if stack := string(p.Stack); !strings.Contains(stack, "(*account).Do") || strings.Contains(stack, "trivet/flow/actors.") {
			t.Error(stack)
		}
	})
}

func explode(*actors.Context, *account) error { panic("boom") }

// line is where the stack of a panic begins.
func line(err error) string {
	_, text, _ := strings.Cut(err.Error(), "mistakes_test.go:")
	text, _, _ = strings.Cut(text, " ")
	return text
}
