package actors_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet/flow/actors"
)

// Slow is a protocol of actors that can be sent to other nodes, and take their time.
type Slow interface {
	Nap(*actors.Context, time.Duration) error
	Ask(*actors.Context, actors.Ref[Slow]) error
	Later(*actors.Context, actors.Ref[Slow]) error
	Took(*actors.Context, actors.None) (string, error)
}

type slow struct{ err error }

var (
	slows     = actors.NewKind("slow", func() Slow { return new(slow) }, actors.Traits{Mailbox: 1})
	nap       = actors.Action(slows, "nap", Slow.Nap)
	askOther  = actors.Action(slows, "ask", Slow.Ask)
	goLater   = actors.Action(slows, "later", Slow.Later)
	laterTook = actors.Method(slows, "took", Slow.Took)
)

func (*slow) Nap(_ *actors.Context, d time.Duration) error { time.Sleep(d); return nil }

// Ask asks another actor, with the deadline of its own caller.
func (*slow) Ask(c *actors.Context, other actors.Ref[Slow]) error {
	ctx, cancel := c.WithTimeout(10 * time.Second)
	defer cancel()
	return nap.Call(ctx, other, time.Hour)
}

func (s *slow) Later(c *actors.Context, other actors.Ref[Slow]) error {
	ctx, cancel := c.WithTimeout(10 * time.Second)
	defer cancel()
	return nap.Go(ctx, other, time.Hour, func(_ *actors.Context, _ actors.None, err error) { s.err = err })
}

func (s *slow) Took(*actors.Context, actors.None) (string, error) {
	if s.err == nil {
		return "", nil
	}
	return s.err.Error(), s.err
}

// isLate says what is wrong with the error of a message whose deadline has passed.
func isLate(t *testing.T, what string, err error, op, to string, silent bool) {
	t.Helper()
	var e *actors.Error
	if !errors.As(err, &e) || e.Op != op || !strings.HasPrefix(e.To, to) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%s: %v", what, err)
	}
	if got := errors.Is(err, actors.ErrUnreachable); got != silent {
		t.Errorf("%s: unreachable is %v: %v", what, got, err)
	}
}

// A deadline is told in the same way wherever it has passed: in the method, in the mailbox,
// before it, and at another node.
func TestDeadlinesNameActorAndOp(t *testing.T) {
	inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
		ref, _ := slows.Spawn(sys, "a")
		within := func(d time.Duration) context.Context {
			ctx, cancel := context.WithTimeout(background, d)
			t.Cleanup(cancel)
			return ctx
		}
		ctx := within(time.Second)
		isLate(t, "slow", nap.Call(ctx, ref, time.Hour), "nap", "slow:a", false)
		isLate(t, "done already", nap.Call(ctx, ref, 0), "nap", "slow:a", false)
		isLate(t, "done already, tell", nap.Tell(ctx, ref, 0), "nap", "slow:a", false)
		isLate(t, "waits", nap.Call(within(time.Second), ref, 0), "nap", "slow:a", false)
		isLate(t, "full, call", nap.Call(within(time.Second), ref, 0), "nap", "slow:a", false)
		isLate(t, "full, tell", nap.Tell(within(time.Second), ref, 0), "nap", "slow:a", false)
		why := errors.New("why")
		ctx, cancel := context.WithTimeoutCause(background, time.Second, why)
		defer cancel()
		var e *actors.Error
		if err := nap.Call(ctx, ref, 0); !errors.As(err, &e) || e.Err != why {
			t.Error(err)
		}
		time.Sleep(2 * time.Hour)
	})
}

// A node that is slow is not one that cannot be reached, and this is no chance.
func TestSlowAndSilentNodes(t *testing.T) {
	for what, network := range map[string]func() actors.Network{
		"slow":   func() actors.Network { return new(actors.Loopback) },
		"silent": func() actors.Network { return new(deafNetwork) },
	} {
		t.Run(what, func(t *testing.T) {
			for range 50 { // that two timers fire at once is the matter
				synctest.Test(t, func(t *testing.T) {
					node := func(name string, network actors.Network) *actors.System {
						sys := actors.New(background, actors.Rules{})
						if err := sys.Join(actors.Node{Name: name, Network: network, Placement: byPrefix{}, Kinds: []actors.AnyKind{slows}}); err != nil {
							t.Fatal(err)
						}
						return sys
					}
					network, silent := network(), what == "silent"
					one, two := node("one", network), node("two", network)
					defer two.Close()
					defer one.Close()
					for _, d := range []time.Duration{50 * ms, time.Second, 9 * time.Second, time.Minute} {
						begin := time.Now()
						ctx, cancel := context.WithTimeout(background, d)
						err := nap.Call(ctx, slows.Ref(one, "two"+d.String()), time.Hour)
						isLate(t, d.String(), err, "nap", "slow/two"+d.String(), silent && d >= time.Second)
						if took := time.Since(begin); took != d {
							t.Error(d, took)
						}
						cancel()
					}
					err := nap.Call(background, slows.Ref(one, "two2"), time.Hour)
					isLate(t, "without one", err, "nap", "slow/two2", silent)
					isLate(t, "an actor", askOther.Call(background, slows.Ref(one, "one1"), slows.Ref(one, "two3")), "nap", "slow/two3", silent)
					goLater.Call(background, slows.Ref(one, "one2"), slows.Ref(one, "two4"))
					time.Sleep(11 * time.Second)
					_, err = laterTook.Call(background, slows.Ref(one, "one2"), actors.None{})
					isLate(t, "Go", err, "nap", "slow/two4", silent)
					time.Sleep(2 * time.Hour)
				})
			}
		})
	}
}
