package actors_test

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/flow/actors"
)

// Chaos is an actor that does anything.
type Chaos interface {
	Act(*actors.Context, uint64) (uint64, error)
}

type chaos struct{ ledger *ledger }

// ledger counts what became of messages.
type ledger struct {
	refs                                        []actors.Ref[Chaos]
	act                                         *actors.Op[Chaos, uint64, uint64]
	told, handled, lettered, poisoned, answered atomic.Int64
}

func (x *chaos) Act(c *actors.Context, seed uint64) (uint64, error) {
	l := x.ledger
	if seed&tellBit != 0 {
		l.handled.Add(1)
	}
	r := rand.New(rand.NewPCG(seed, 3))
	to := l.refs[r.IntN(len(l.refs))]
	switch r.IntN(24) {
	case 0, 1, 2, 3:
		l.tell(c, to, r.Uint64())
	case 4, 5:
		_, _ = l.act.Call(c, to, r.Uint64()&^tellBit)
	case 6:
		_ = l.act.Go(c, to, r.Uint64()&^tellBit, func(c *actors.Context, _ uint64, _ error) { l.answered.Add(1) })
	case 7:
		ctx, cancel := c.WithTimeout(time.Duration(r.IntN(100)) * time.Microsecond)
		defer cancel()
		_, _ = l.act.Call(ctx, to, r.Uint64()&^tellBit)
	case 8:
		if seed&tellBit != 0 {
			l.poisoned.Add(1)
		}
		panic("chaos")
	case 9:
		if seed&tellBit != 0 {
			l.poisoned.Add(1)
		}
		runtime.Goexit()
	case 10:
		if r.IntN(20) == 0 {
			c.Stop()
		}
	case 11:
		runtime.Gosched()
	}
	return seed, nil
}

// tellBit marks the messages that are told, and that the ledger is about.
const tellBit = 1 << 63

func (l *ledger) tell(ctx context.Context, to actors.Ref[Chaos], seed uint64) {
	if l.act.Tell(ctx, to, seed|tellBit) == nil {
		l.told.Add(1)
	}
}

// Whatever happens, what became of every message is known: it was handled, was
// dropped by its kind's rule, or is a dead letter.
func TestChaosIsAccountedFor(t *testing.T) {
	rounds := 30
	if testing.Short() {
		rounds = 15
	}
	for round := range rounds {
		policy := trivet.Overflow(round % 5)
		l := new(ledger)
		kind := actors.NewKind("chaos", func() Chaos { return &chaos{l} }, actors.Traits{Mailbox: 1 + round%7*20, Overflow: policy})
		l.act = actors.Method(kind, "act", Chaos.Act)
		sys := actors.New(background, actors.Rules{
			Supervision: actors.Supervision{Restarts: 1 << 30, First: time.Microsecond, Most: time.Microsecond},
			DeadLetters: func(d actors.DeadLetter) {
				if d.Message.(uint64)&tellBit != 0 {
					l.lettered.Add(1)
				}
			},
		})
		for i := range 10 {
			if i%3 == 0 {
				l.refs = append(l.refs, kind.Ref(sys, string(rune('a'+i))))
				continue
			}
			ref, err := kind.Spawn(sys, "")
			if err != nil {
				t.Fatal(err)
			}
			l.refs = append(l.refs, ref)
		}
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Go(func() {
				r := rand.New(rand.NewPCG(uint64(round), uint64(g)))
				for range 300 {
					ctx, cancel := context.WithTimeout(background, time.Duration(r.IntN(3))*time.Second)
					to := l.refs[r.IntN(len(l.refs))]
					if r.IntN(3) > 0 {
						l.tell(ctx, to, r.Uint64())
					} else {
						_, _ = l.act.Call(ctx, to, r.Uint64()&^tellBit)
					}
					cancel()
				}
			})
		}
		if round%2 == 0 {
			wg.Wait()
		}
		err := sys.Stop(background)
		wg.Wait()
		var stuck *trivet.StuckError
		if err != nil || errors.As(err, &stuck) {
			t.Fatal(err)
		}
		s := sys.Stats()
		lost := l.told.Load() - l.handled.Load() - (l.lettered.Load() - l.poisoned.Load())
		// Of those that did not fit, some were calls, which the ledger is not about.
		dropped := policy == trivet.DropNewest || policy == trivet.DropOldest
		if lost < 0 || !dropped && lost != 0 || lost > s.Dropped {
			t.Fatalf("round %d, %v: %d told, %d handled, %d letters, %d of them handled: %d lost, %d dropped", round, policy,
				l.told.Load(), l.handled.Load(), l.lettered.Load(), l.poisoned.Load(), lost, s.Dropped)
		}
		if s.Actors != 0 {
			t.Fatalf("round %d: %+v", round, s)
		}
	}
}

// Chains of actors that wake each other, some of which then wait for whom they have
// woken, by a channel of which the system knows nothing: all chains come to their end.
func TestChainsThatBlock(t *testing.T) {
	sys := actors.New(background, actors.Rules{})
	const n, chains, hops = 50, 20, 200
	refs := make([]actors.Ref[Account], n)
	for i := range refs {
		refs[i] = spawn(t, sys, "")
	}
	var wg sync.WaitGroup
	for chain := range chains {
		wg.Add(1)
		r := rand.New(rand.NewPCG(1, uint64(chain)))
		var hop func(at, left int, heard chan struct{}) func(*actors.Context, *account) error
		hop = func(at, left int, heard chan struct{}) func(*actors.Context, *account) error {
			return func(c *actors.Context, _ *account) error {
				close(heard)
				if left == 0 {
					wg.Done()
					return nil
				}
				to, heard := r.IntN(n), make(chan struct{})
				wait := to > at && r.IntN(4) == 0 // always for one further on, so that there is no circle
				if err := Do.Tell(c, refs[to], hop(to, left-1, heard)); err != nil {
					t.Error(err)
				}
				if wait {
					<-heard
				}
				return nil
			}
		}
		begin := r.IntN(n)
		if err := Do.Tell(background, refs[begin], hop(begin, hops, make(chan struct{}))); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	if err := sys.Stop(background); err != nil {
		t.Error(err)
	}
	if s := sys.Stats(); s.Handled != chains*(hops+1) {
		t.Errorf("%+v", s)
	}
}

var million = flag.Int("million", 0, "cycles of a million actors that begin, get a message and stop")

func TestMillionActors(t *testing.T) {
	if *million == 0 {
		t.Skip("takes a while: -million 1")
	}
	sys := actors.New(background, actors.Rules{})
	refs := make([]actors.Ref[Account], 1e6)
	for cycle := range *million {
		begin := time.Now()
		for i := range refs {
			refs[i], _ = Accounts.Spawn(sys, "")
			if err := Deposit.Tell(background, refs[i], i); err != nil {
				t.Fatal(err)
			}
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if n, err := Deposit.Call(background, refs[len(refs)/2], 0); n != len(refs)/2 || err != nil {
			t.Fatal(n, err)
		}
		for _, ref := range refs {
			Do.Tell(background, ref, func(c *actors.Context, _ *account) error { c.Stop(); return nil })
		}
		for _, ref := range refs {
			if err := ref.Stop(background); err != nil {
				t.Fatal(err)
			}
		}
		t.Logf("cycle %d: %v, %d MiB of the system, %d MiB of it stacks", cycle, time.Since(begin), m.Sys>>20, m.StackSys>>20)
		if s := sys.Stats(); s.Actors != 0 {
			t.Fatalf("%+v", s)
		}
	}
	if s := sys.Stats(); s.Handled != int64(*million)*(2e6+1) {
		t.Errorf("%+v", s)
	}
	if err := sys.Close(); err != nil {
		t.Error(err)
	}
}
