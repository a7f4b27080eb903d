package actors_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trivet-go/trivet/flow/actors"
)

// A hall in which people draw numbers, at desks that ask the dispensers of the example;
// all on three nodes that crash, behind a network that loses messages, doubles them and
// lets them overtake each other, while the nodes do not always agree on which of them a
// grain is. Whatever happens, no number of a dispenser is given to two people. (The
// example bank is a larger simulation.)

// Desk is where a number is drawn, from the dispenser of that name.
type Desk interface {
	Draw(*actors.Context, string) (int, error)
}

type desk struct{}

var (
	Desks = actors.NewKind("desk", func() Desk { return desk{} }, actors.Traits{Idle: 100 * ms})
	Draw  = actors.Method(Desks, "draw", Desk.Draw)
)

func (desk) Draw(c *actors.Context, from string) (int, error) {
	return Next.Call(c, Dispensers.Ref(c, from), actors.None{})
}

// shifting is where a node believes the grains to be.
type shifting struct{ shift int }

var hallNodes = []string{"a", "b", "c"}

func (s *shifting) Node(kind, key string) string {
	return hallNodes[(len(kind)+int(key[len(key)-1])+s.shift)%len(hallNodes)]
}

// looseStore is a seeded flaw: it does not look at revisions.
type looseStore struct{ actors.Memory }

func (l *looseStore) Save(ctx context.Context, key string, data []byte, _ uint64) (uint64, error) {
	_, last, _ := l.Load(ctx, key)
	return l.Memory.Save(ctx, key, data, last)
}

// idleStore is a seeded flaw: now and then it says that it has saved what it has not.
type idleStore struct {
	actors.Memory
	saves int
}

func (i *idleStore) Save(ctx context.Context, key string, data []byte, revision uint64) (uint64, error) {
	if i.saves++; i.saves%8 == 0 {
		return revision + 1, nil
	}
	return i.Memory.Save(ctx, key, data, revision)
}

type hallRun struct {
	given, failed, fenced, crashes int
	trace                          uint64
}

func hall(seed uint64, store actors.Store) (run hallRun, err error) {
	const people, numbers, desks = 3, 8, 4
	dispensers := []string{"tea", "post"}
	err = actors.Simulate(seed, func(s *actors.Simulation) (err error) {
		r := s.Rand()
		network := s.Network(actors.Faults{Lose: 0.05, Twice: 0.05, Delay: 5 * ms})
		place := map[string]*shifting{}
		systems := map[string]*actors.System{}
		boot := func(name string) {
			place[name] = new(shifting)
			systems[name] = s.System(actors.Rules{Store: store})
			node := actors.Node{Name: name, Network: network, Placement: place[name], Kinds: []actors.AnyKind{Desks, Dispensers}}
			err = errors.Join(err, systems[name].Join(node))
		}
		for _, name := range append([]string{"door"}, hallNodes...) {
			boot(name)
		}

		type number struct {
			from string
			n    int
		}
		given := map[number]bool{}
		left := people
		for i := range people {
			s.Go(fmt.Sprint("person ", i), func(ctx context.Context) {
				defer func() { left-- }()
				for range numbers {
					ctx, cancel := s.WithTimeout(ctx, 100*ms)
					from := dispensers[r.IntN(len(dispensers))]
					n, failed := Draw.Call(ctx, Desks.Ref(systems["door"], fmt.Sprint(r.IntN(desks))), from)
					cancel()
					switch {
					case errors.Is(failed, actors.ErrFenced):
						run.fenced++
					case failed != nil:
						run.failed++
					case given[number{from, n}]:
						err = errors.Join(err, fmt.Errorf("number %d of %s was given twice", n, from))
					default:
						given[number{from, n}] = true
						run.given++
					}
				}
			})
		}
		for left > 0 {
			s.Sleep(time.Duration(r.Int64N(int64(50 * ms))))
			name := hallNodes[r.IntN(len(hallNodes))]
			switch r.IntN(3) {
			case 0:
				run.crashes++
				s.Crash(systems[name])
				boot(name)
			case 1:
				place[name].shift = r.IntN(2)
			case 2:
				network.Cut(name, "door", r.IntN(4) == 0)
			}
		}
		run.trace = s.Trace()
		return err
	})
	return run, err
}

var seeds = flag.Uint64("seeds", 80, "how many seeds of simulations are tried")

func TestNoNumberIsGivenTwice(t *testing.T) {
	n := *seeds
	if testing.Short() {
		n = min(n, 20)
	}
	var all hallRun
	for seed := range n {
		run, err := hall(seed, new(actors.Memory))
		if err != nil {
			t.Fatal(err)
		}
		all.given += run.given
		all.failed += run.failed
		all.fenced += run.fenced
		all.crashes += run.crashes
	}
	t.Logf("%d seeds: %d numbers given, %d times none, %d times because of a fence, %d crashes", n, all.given, all.failed, all.fenced, all.crashes)
	if all.given == 0 || all.failed == 0 || all.fenced == 0 || all.crashes == 0 {
		t.Errorf("too peaceful: %+v", all)
	}
}

// The simulation finds a store that does not fence, and one that does not save.
func TestSimulationFindsFlaws(t *testing.T) {
	for flaw, store := range map[string]func() actors.Store{
		"not fenced": func() actors.Store { return new(looseStore) },
		"not saved":  func() actors.Store { return new(idleStore) },
	} {
		var err error
		seed := uint64(0)
		for ; err == nil && seed < 300; seed++ {
			_, err = hall(seed, store())
		}
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("actors: simulation with seed %d: number ", seed-1)) {
			t.Errorf("writes were %s, and nobody saw it: %v", flaw, err)
		}
		t.Logf("%s: %v", flaw, err)
	}
}

// The same seed is the same run.
func TestReplay(t *testing.T) {
	traces := map[uint64]bool{}
	for seed := range uint64(10) {
		first, _ := hall(seed, new(actors.Memory))
		again, _ := hall(seed, new(actors.Memory))
		if first != again {
			t.Errorf("seed %d: %+v, and then %+v", seed, first, again)
		}
		traces[first.trace] = true
	}
	if len(traces) != 10 {
		t.Errorf("%d different runs of 10 seeds", len(traces))
	}
}

func TestSimulationOfDeadlock(t *testing.T) {
	err := actors.Simulate(1, func(s *actors.Simulation) error {
		sys := s.System(actors.Rules{})
		a, _ := Accounts.Spawn(sys, "a")
		b, _ := Accounts.Spawn(sys, "b")
		return Do.Call(s.Context(), a, func(c *actors.Context, _ *account) error {
			return Do.Call(c, b, func(*actors.Context, *account) error {
				return Do.Call(s.Context(), a, nil) // not with its Context: so the circle is not seen
			})
		})
	})
	if err == nil || !strings.Contains(err.Error(), "seed 1: nobody can go on") && !strings.Contains(err.Error(), `account:a waits for account:b`) {
		t.Error(err)
	}
}

func TestSimulatedTime(t *testing.T) {
	begin := time.Now()
	err := actors.Simulate(7, func(s *actors.Simulation) error {
		sys := s.System(actors.Rules{})
		a, _ := Accounts.Spawn(sys, "a")
		start := s.Now()
		err := Do.Call(s.Context(), a, func(c *actors.Context, _ *account) error { return c.Sleep(time.Hour) })
		if took := s.Now().Sub(start); took < time.Hour || took > time.Hour+time.Second {
			t.Error(took)
		}
		ctx, cancel := s.WithTimeout(s.Context(), time.Minute)
		defer cancel()
		if err := Do.Call(ctx, a, func(c *actors.Context, _ *account) error { return c.Sleep(time.Hour) }); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		return errors.Join(err, sys.Stop(s.Context()))
	})
	if err != nil || time.Since(begin) > time.Minute {
		t.Error(err)
	}
}
