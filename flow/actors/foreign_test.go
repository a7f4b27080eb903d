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

// byPrefix places a grain on the node that its key begins with.
type byPrefix struct{}

func (byPrefix) Node(_, key string) string { return key[:3] }

// Pal is a protocol whose actors ask each other back.
type Pal interface {
	AskBack(*actors.Context, actors.Ref[Pal]) error
	Fill(*actors.Context, actors.Ref[Pal]) error
	See(*actors.Context, actors.Ref[Pal]) error
	Heard(*actors.Context, actors.Down) error
}

type pal struct{}

var (
	pals     = actors.NewKind("pal", func() Pal { return pal{} }, actors.Traits{Mailbox: 1})
	askBack  = actors.Action(pals, "ask back", Pal.AskBack)
	fill     = actors.Action(pals, "fill", Pal.Fill)
	see      = actors.Action(pals, "see", Pal.See)
	palHeard = actors.Action(pals, "heard", Pal.Heard)
)

func (pal) AskBack(c *actors.Context, other actors.Ref[Pal]) error {
	return askBack.Call(c, other, actors.Self[Pal](c))
}

// Fill sends more than the other one's mailbox holds.
func (pal) Fill(c *actors.Context, other actors.Ref[Pal]) error {
	time.Sleep(ms)
	ctx, cancel := c.WithTimeout(time.Minute)
	defer cancel()
	for range 4 {
		if err := palHeard.Tell(ctx, other, actors.Down{}); err != nil {
			return err
		}
	}
	return nil
}

func (pal) See(c *actors.Context, other actors.Ref[Pal]) error {
	actors.Watch(c, other, palHeard)
	return nil
}

func (pal) Heard(*actors.Context, actors.Down) error { return nil }

func twoNodes(t *testing.T, network actors.Network) (one, two *actors.System) {
	join := func(name string) *actors.System {
		sys := actors.New(background, actors.Rules{Name: name})
		if err := sys.Join(actors.Node{Name: name, Network: network, Placement: byPrefix{}, Kinds: []actors.AnyKind{pals}}); err != nil {
			t.Fatal(err)
		}
		return sys
	}
	return join("one"), join("two")
}

// A Ref that was made at another node, and reaches an actor without a message between
// nodes, is as good as one that came by such a message: a circle is seen.
func TestCircleWithRefsOfOtherSystems(t *testing.T) {
	type pair struct{ to, arg actors.Ref[Pal] }
	for what, refs := range map[string]func(one, two *actors.System) pair{
		"both made at one":    func(one, _ *actors.System) pair { return pair{pals.Ref(one, "one1"), pals.Ref(one, "two1")} },
		"both made at two":    func(_, two *actors.System) pair { return pair{pals.Ref(two, "one2"), pals.Ref(two, "two2")} },
		"far, and near":       func(one, two *actors.System) pair { return pair{pals.Ref(two, "one3"), pals.Ref(one, "two3")} },
		"each made at home":   func(one, two *actors.System) pair { return pair{pals.Ref(one, "one4"), pals.Ref(two, "two4")} },
		"both at one":         func(one, two *actors.System) pair { return pair{pals.Ref(one, "one5"), pals.Ref(two, "one6")} },
		"to two, made at one": func(one, _ *actors.System) pair { return pair{pals.Ref(one, "two7"), pals.Ref(one, "one7")} },
		"to two, from two":    func(one, two *actors.System) pair { return pair{pals.Ref(one, "two8"), pals.Ref(two, "one8")} },
		"begins at two":       func(one, two *actors.System) pair { return pair{pals.Ref(two, "two9"), pals.Ref(one, "one9")} },
		"spawned": func(one, two *actors.System) pair {
			a, _ := pals.Spawn(one, "a")
			b, _ := pals.Spawn(two, "b")
			return pair{a, b}
		},
		"spawned without names": func(one, two *actors.System) pair {
			a, _ := pals.Spawn(one, "")
			b, _ := pals.Spawn(two, "")
			return pair{a, b}
		},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				one, two := twoNodes(t, new(actors.Loopback))
				defer one.Close()
				defer two.Close()
				ctx, cancel := context.WithTimeout(background, time.Minute)
				defer cancel()
				p := refs(one, two)
				if err := askBack.Call(ctx, p.to, p.arg); !errors.Is(err, actors.ErrCycle) {
					t.Error(err)
				}
			})
		})
	}
}

// A Tell does not wait for room at another node, whatever Ref it was sent by.
func TestTellWithRefsOfOtherSystems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two := twoNodes(t, new(actors.Loopback))
		defer one.Close()
		defer two.Close()
		a, _ := pals.Spawn(one, "a")
		b, _ := pals.Spawn(two, "b")
		begin := time.Now()
		other := make(chan error, 1)
		go func() { other <- fill.Call(background, b, a) }()
		if err := errors.Join(fill.Call(background, a, b), <-other); err != nil || time.Since(begin) > time.Second {
			t.Error(err, time.Since(begin))
		}
	})
}

// Waits between a node and a system that is none cannot be followed: there are none.
func TestNodeAndOtherSystem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two := twoNodes(t, new(actors.Loopback))
		defer one.Close()
		defer two.Close()
		alone := actors.New(background, actors.Rules{})
		defer alone.Close()
		a, _ := pals.Spawn(one, "a")
		b, _ := pals.Spawn(alone, "b")
		ctx, cancel := context.WithTimeout(background, time.Minute)
		defer cancel()
		for _, p := range [][2]actors.Ref[Pal]{{a, b}, {b, a}} {
			if err := askBack.Call(ctx, p[0], p[1]); err == nil || !strings.Contains(err.Error(), "Join") {
				t.Error(err)
			}
		}
	})
}

// A watch over an actor of another node goes over the network, so it sees what that does.
func TestWatchWithRefsOfOtherSystems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two := twoNodes(t, new(actors.Loopback))
		defer one.Close()
		defer two.Close()
		a, _ := pals.Spawn(one, "a")
		b, _ := pals.Spawn(two, "b")
		if err := see.Call(background, a, b); err != nil || one.Watches() != 1 || two.Watches() != 1 {
			t.Error(err, one.Watches(), two.Watches())
		}
	})
}
