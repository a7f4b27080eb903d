package actors_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet/flow/actors"
)

// Guard is told of those it watches.
type Guard interface {
	Watch(*actors.Context, actors.Ref[Guard]) error
	Unwatch(*actors.Context, string) error
	Hear(*actors.Context, actors.Down) error
	Seen(*actors.Context, actors.None) ([]actors.Down, error)
	Die(*actors.Context, int) error
}

type guard struct {
	watched map[string]*actors.Watched
	seen    []actors.Down
}

var (
	errLamp = errors.New("the lamp is out")

	Guards       = actors.NewKind("guard", func() Guard { return &guard{watched: map[string]*actors.Watched{}} }, actors.Traits{Errors: []error{errLamp}})
	GuardWatch   = actors.Action(Guards, "watch", Guard.Watch)
	GuardUnwatch = actors.Action(Guards, "unwatch", Guard.Unwatch)
	GuardHear    = actors.Action(Guards, "hear", Guard.Hear)
	GuardSeen    = actors.Method(Guards, "seen", Guard.Seen)
	GuardDie     = actors.Action(Guards, "die", Guard.Die)
)

func (g *guard) Watch(c *actors.Context, over actors.Ref[Guard]) error {
	g.watched[over.Name()] = actors.Watch(c, over, GuardHear)
	return nil
}

func (g *guard) Unwatch(c *actors.Context, name string) error {
	g.watched[name].Unwatch(c)
	return nil
}

func (g *guard) Hear(_ *actors.Context, d actors.Down) error { g.seen = append(g.seen, d); return nil }

func (g *guard) Seen(*actors.Context, actors.None) ([]actors.Down, error) { return g.seen, nil }

func (g *guard) Die(*actors.Context, int) error { panic(errLamp) }

// station is a node with guards.
func station(t *testing.T, network actors.Network, name string) *actors.System {
	sys := actors.New(background, actors.Rules{Name: name})
	if err := sys.Join(actors.Node{Name: name, Network: network, Kinds: []actors.AnyKind{Guards}}); err != nil {
		t.Fatal(err)
	}
	return sys
}

func spawnGuard(t *testing.T, sys *actors.System, name string) actors.Ref[Guard] {
	t.Helper()
	ref, err := Guards.Spawn(sys, name)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// heard waits, and returns what a guard was told since.
func heard(t *testing.T, ref actors.Ref[Guard], after time.Duration) string {
	t.Helper()
	time.Sleep(after)
	synctest.Wait()
	seen, err := GuardSeen.Call(background, ref, actors.None{})
	if err != nil {
		t.Error(err)
	}
	var all []string
	for _, d := range seen {
		text, _, _ := strings.Cut(fmt.Sprintf("%s: %v", d.Who, d.Why), "\n")
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

func TestWatchOverOtherNodes(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(t *testing.T, there *actors.System, over actors.Ref[Guard])
		want string
	}{
		"stopped": {func(_ *testing.T, _ *actors.System, over actors.Ref[Guard]) { over.Stop(background) },
			"guard:lamp@b: <nil>"},
		"given up": {func(_ *testing.T, _ *actors.System, over actors.Ref[Guard]) {
			for range 6 {
				GuardDie.Call(background, over, 0)
			}
			time.Sleep(time.Minute)
		}, "guard:lamp@b: actors: guard:lamp@b has failed, failure 6 within 1m0s: panic: the lamp is out [in actors_test.(*guard).Die"},
		"node stopped": {func(_ *testing.T, there *actors.System, _ actors.Ref[Guard]) { there.Stop(background) },
			"guard:lamp@b: <nil>"},
		"anew": {func(_ *testing.T, _ *actors.System, over actors.Ref[Guard]) { GuardDie.Call(background, over, 0) },
			""},
		"nothing": {func(*testing.T, *actors.System, actors.Ref[Guard]) {}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var network actors.Loopback
				here, there := station(t, &network, "a"), station(t, &network, "b")
				defer here.Close()
				defer there.Close()
				watcher, over := spawnGuard(t, here, ""), spawnGuard(t, there, "lamp")
				if err := GuardWatch.Call(background, watcher, over.In(here)); err != nil {
					t.Fatal(err)
				}
				c.end(t, there, over)
				got, _, _ := strings.Cut(heard(t, watcher, time.Minute), ", farwatch_test.go")
				if got != c.want {
					t.Errorf("got  %q\nwant %q", got, c.want)
				}
			})
		})
	}
}

func TestWatchesThatAreInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var network actors.Loopback
		here, there := station(t, &network, "a"), station(t, &network, "b")
		defer here.Close()
		watcher, over := spawnGuard(t, here, ""), spawnGuard(t, there, "lamp").In(here)
		watch := func(over actors.Ref[Guard]) {
			t.Helper()
			if err := GuardWatch.Call(background, watcher, over); err != nil {
				t.Fatal(err)
			}
		}
		// Unwatched.
		watch(over)
		GuardUnwatch.Call(background, watcher, over.Name())
		other := spawnGuard(t, there, "").In(here)
		there.Stop(background)
		if got := heard(t, watcher, time.Minute); got != "" {
			t.Error(got)
		}
		// Nobody there.
		watch(over)
		want := `guard:lamp@b: node "b": the node cannot be reached: actors: no node "b"`
		if got := heard(t, watcher, 0); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
		// The node has begun anew, with nobody of that name.
		there = station(t, &network, "b")
		defer there.Close()
		watch(over)
		watch(other)
		want += "; guard:lamp@b: it had ended when the watch began: it has been stopped"
		want += "; guard#1@b: it had ended when the watch began: it has been stopped"
		if got := heard(t, watcher, 0); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
		// A grain.
		watch(Guards.Ref(here, "x"))
		if got := heard(t, watcher, 0); !strings.Contains(got, "guard/x: actors: a grain has no end to watch") {
			t.Error(got)
		}
	})
}

// A watch ends with the state of the watcher, and then nobody remembers it.
func TestWatchesOverOtherNodesEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var network actors.Loopback
		here, there := station(t, &network, "a"), station(t, &network, "b")
		defer here.Close()
		defer there.Close()
		watcher, over := spawnGuard(t, here, ""), spawnGuard(t, there, "lamp")
		GuardWatch.Call(background, watcher, over.In(here))
		if mine, theirs := here.Watches(), there.Watches(); mine != 1 || theirs != 1 {
			t.Error(mine, theirs)
		}
		GuardDie.Call(background, watcher, 0)
		time.Sleep(time.Second)
		over.Stop(background)
		if got := heard(t, watcher, time.Minute); got != "" {
			t.Error(got)
		}
		if mine, theirs := here.Watches(), there.Watches(); mine != 0 || theirs != 0 {
			t.Error(mine, theirs)
		}
	})
}

// muted is a network that loses everything while it is off.
type muted struct {
	actors.Loopback
	off atomic.Bool
}

func (m *muted) Send(from, to string, message []byte) error {
	if m.off.Load() {
		return nil
	}
	return m.Loopback.Send(from, to, message)
}

// A node that has gone without a word is known to be gone; one that comes back as
// another one too.
func TestWatchOverNodesThatAreGone(t *testing.T) {
	for _, reborn := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			network := new(muted)
			here, there := station(t, network, "a"), station(t, network, "b")
			defer here.Close()
			watcher := spawnGuard(t, here, "")
			GuardWatch.Call(background, watcher, spawnGuard(t, there, "lamp").In(here))
			network.off.Store(true)
			want := `guard:lamp@b: node "b" has said nothing for 10s: the node cannot be reached`
			if there.Close(); reborn {
				there = station(t, network, "b")
				defer there.Close()
				spawnGuard(t, there, "lamp")
				network.off.Store(false)
				want = `guard:lamp@b: node "b" has begun anew, or was not asked for 30s: the node cannot be reached`
			} else {
				there = station(t, network, "b")
				defer there.Close()
			}
			if got := heard(t, watcher, time.Minute); got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

// Whatever the network loses or delivers twice, each watch is told once, of what has
// happened; and of nothing if it was ended.
func TestWatchIsToldOnce(t *testing.T) {
	total := 0
	for seed := range *seeds {
		err := actors.Simulate(seed, func(s *actors.Simulation) error {
			r := s.Rand()
			network := s.Network(actors.Faults{Lose: 0.1, Twice: 0.2, Delay: 50 * ms})
			join := func(name string) *actors.System {
				sys := s.System(actors.Rules{})
				if err := sys.Join(actors.Node{Name: name, Network: network, Kinds: []actors.AnyKind{Guards}}); err != nil {
					panic(err)
				}
				return sys
			}
			here, there := join("a"), join("b")
			watcher, err := Guards.Spawn(here, "")
			if err != nil {
				return err
			}
			want := map[string]string{}
			var lamps []actors.Ref[Guard]
			for i := range 8 {
				lamp, err := Guards.Spawn(there, fmt.Sprint(i))
				if err != nil {
					return err
				}
				lamps = append(lamps, lamp)
				if err := GuardWatch.Call(s.Context(), watcher, lamp.In(here)); err != nil {
					return err
				}
			}
			s.Sleep(10 * time.Second) // until all watches have begun
			for i, lamp := range lamps {
				err := endLamp(s, r, watcher, lamp, i, want)
				if err != nil {
					return err
				}
			}
			s.Sleep(time.Minute)
			last := len(lamps) - len(want)
			if r.IntN(2) == 0 {
				last = 0
				s.Crash(there)
				for _, lamp := range lamps {
					if want[lamp.Name()] == "" {
						want[lamp.Name()] = "unreachable"
					}
				}
				if r.IntN(2) == 0 {
					there = join("b")
					for i := range 8 {
						if _, err := Guards.Spawn(there, fmt.Sprint(i)); err != nil {
							return err
						}
					}
				}
			}
			s.Sleep(time.Minute)
			seen, err := GuardSeen.Call(s.Context(), watcher, actors.None{})
			if err != nil {
				return err
			}
			for _, d := range seen {
				total++
				got := map[bool]string{true: "stopped"}[d.Why == nil]
				if errors.Is(d.Why, actors.ErrUnreachable) {
					got = "unreachable"
				} else if d.Why != nil {
					got = "failed"
				}
				if got != want[d.Who] {
					return fmt.Errorf("%s: %v, want %q", d.Who, d.Why, want[d.Who])
				}
				delete(want, d.Who) // not twice
			}
			for who, what := range want {
				if what != "" && what != "unwatched" {
					return fmt.Errorf("%s was %s, and the watcher was not told", who, what)
				}
			}
			s.Sleep(time.Minute)
			if mine, theirs := here.Watches(), there.Watches(); mine != last || theirs != last {
				return fmt.Errorf("%d watches, and %d watchers, want %d", mine, theirs, last)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if total == 0 {
		t.Error("nobody was told anything")
	}
}

// endLamp lets something happen to a lamp.
func endLamp(s *actors.Simulation, r *rand.Rand, watcher, lamp actors.Ref[Guard], i int, want map[string]string) error {
	name := lamp.Name()
	switch r.IntN(4) {
	case 0:
		want[name] = "stopped"
		return lamp.Stop(s.Context())
	case 1:
		want[name] = "failed"
		for range 6 {
			ctx, cancel := context.WithCancel(s.Context())
			_ = GuardDie.Call(ctx, lamp, i)
			cancel()
		}
	case 2:
		want[name] = "unwatched"
		return GuardUnwatch.Call(s.Context(), watcher, name)
	}
	return nil
}
