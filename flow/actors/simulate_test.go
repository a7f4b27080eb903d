package actors_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trivet-go/trivet/flow/actors"
)

// A bank whose accounts are grains on three nodes that crash, behind a network that
// loses messages, doubles them and lets them overtake each other, while the nodes do
// not always agree on which of them an account is. Money moves by transfers: grains
// too, each one order. Whatever happens, no money is made or lost.

// Vault is an account: what was done once is not done again.
type Vault interface {
	Book(*actors.Context, Entry) (bool, error)
	Balance(*actors.Context, actors.None) (int, error)
}

// Entry changes a balance, by less than nothing too, under a number of its own.
type Entry struct {
	ID string
	N  int
}

// Transfer carries out one order.
type Transfer interface {
	Run(*actors.Context, TransferOrder) (bool, error)
}

type TransferOrder struct {
	From, To string
	N        int
}

var (
	Vaults    = actors.NewKind("vault", func() Vault { return new(vault) }, actors.Traits{Idle: 200 * ms})
	Book      = actors.Method(Vaults, "book", Vault.Book)
	Balance   = actors.Method(Vaults, "balance", Vault.Balance)
	Transfers = actors.NewKind("transfer", func() Transfer { return new(transfer) }, actors.Traits{Idle: 100 * ms})
	Run       = actors.Method(Transfers, "run", Transfer.Run)
)

type vault struct {
	Money   int
	Entries map[string]bool // false: refused
}

func (v *vault) Snapshot() ([]byte, error) { return json.Marshal(v) }
func (v *vault) Restore(data []byte) error { return json.Unmarshal(data, v) }

func (v *vault) Book(_ *actors.Context, e Entry) (bool, error) {
	if done, known := v.Entries[e.ID]; known && !forgetful {
		return done, nil
	}
	if v.Entries == nil {
		v.Entries = map[string]bool{}
	}
	done := v.Money+e.N >= 0
	if v.Entries[e.ID] = done; done {
		v.Money += e.N
	}
	return done, nil
}

func (v *vault) Balance(*actors.Context, actors.None) (int, error) { return v.Money, nil }

// forgetful is a seeded flaw: an entry that comes twice is booked twice.
var forgetful bool

type transfer struct{ Over, Done bool }

func (f *transfer) Snapshot() ([]byte, error) { return json.Marshal(f) }
func (f *transfer) Restore(data []byte) error { return json.Unmarshal(data, f) }

func (f *transfer) Run(c *actors.Context, o TransferOrder) (bool, error) {
	if f.Over {
		return f.Done, nil
	}
	ctx, cancel := c.WithTimeout(100 * ms)
	defer cancel()
	taken, err := Book.Call(ctx, Vaults.Ref(c, o.From), Entry{c.Name() + " out", -o.N})
	if err != nil {
		return false, err // whoever wants the transfer asks again
	}
	if taken {
		if _, err := Book.Call(ctx, Vaults.Ref(c, o.To), Entry{c.Name() + " in", o.N}); err != nil {
			return false, err
		}
	}
	f.Over, f.Done = true, taken
	return taken, nil
}

// shifting is where a node believes the grains to be.
type shifting struct{ shift int }

var bankNodes = []string{"a", "b", "c"}

func (s *shifting) Node(kind, key string) string {
	return bankNodes[(len(kind)+int(key[len(key)-1])+s.shift)%len(bankNodes)]
}

// looseStore is a seeded flaw: it does not look at revisions.
type looseStore struct{ actors.Memory }

func (l *looseStore) Save(ctx context.Context, key string, data []byte, _ uint64) (uint64, error) {
	_, last, _ := l.Load(ctx, key)
	return l.Memory.Save(ctx, key, data, last)
}

type bankRun struct {
	done, tries, fenced, crashes int
	trace                        uint64
}

func bank(seed uint64, store actors.Store) (run bankRun, err error) {
	const accounts, money, clients, orders = 4, 100, 3, 4
	err = actors.Simulate(seed, func(s *actors.Simulation) error {
		r := s.Rand()
		network := s.Network(actors.Faults{Lose: 0.05, Twice: 0.05, Delay: 5 * ms})
		kinds := []actors.AnyKind{Vaults, Transfers}
		place := map[string]*shifting{}
		systems := map[string]*actors.System{}
		boot := func(name string) {
			place[name] = new(shifting)
			systems[name] = s.System(actors.Rules{Store: store})
			if err := systems[name].Join(actors.Node{Name: name, Network: network, Placement: place[name], Kinds: kinds}); err != nil {
				panic(err)
			}
		}
		for _, name := range append([]string{"client"}, bankNodes...) {
			boot(name)
		}
		client := systems["client"]

		// insist asks again until there is an answer.
		insist := func(ctx context.Context, what func(ctx context.Context) error) error {
			var last error
			for range 1000 {
				run.tries++
				ctx, cancel := s.WithTimeout(ctx, 300*ms)
				last = what(ctx)
				cancel()
				if last == nil {
					return nil
				}
				if errors.Is(last, actors.ErrFenced) {
					run.fenced++
				}
				s.Sleep(time.Duration(r.Int64N(int64(50 * ms))))
			}
			return fmt.Errorf("no answer after 1000 tries: %w", last)
		}
		for i := range accounts {
			err := insist(s.Context(), func(ctx context.Context) error {
				_, err := Book.Call(ctx, Vaults.Ref(client, fmt.Sprint(i)), Entry{"opening", money})
				return err
			})
			if err != nil {
				return err
			}
		}

		left := clients
		for i := range clients {
			s.Go(fmt.Sprint("client ", i), func(ctx context.Context) {
				defer func() { left-- }()
				for n := range orders {
					o := TransferOrder{From: fmt.Sprint(r.IntN(accounts)), To: fmt.Sprint(r.IntN(accounts)), N: r.IntN(80)}
					e := insist(ctx, func(ctx context.Context) error {
						done, err := Run.Call(ctx, Transfers.Ref(client, fmt.Sprint(i, "-", n)), o)
						if err == nil && done {
							run.done++
						}
						return err
					})
					err = errors.Join(err, e)
				}
			})
		}
		for left > 0 {
			s.Sleep(time.Duration(r.Int64N(int64(200 * ms))))
			name := bankNodes[r.IntN(len(bankNodes))]
			switch r.IntN(3) {
			case 0:
				run.crashes++
				s.Crash(systems[name])
				boot(name)
			case 1:
				place[name].shift = r.IntN(2)
			case 2:
				network.Cut(name, "client", r.IntN(4) == 0)
			}
		}
		for _, name := range bankNodes { // in peace
			place[name].shift = 0
			network.Cut(name, "client", false)
		}
		s.Sleep(time.Second) // until all are passivated: an old activation cannot write, but it can be asked
		total := 0
		for i := range accounts {
			err := insist(s.Context(), func(ctx context.Context) error {
				n, err := Balance.Call(ctx, Vaults.Ref(client, fmt.Sprint(i)), actors.None{})
				if err == nil {
					total += n
				}
				if n < 0 {
					return fmt.Errorf("account %d has %d", i, n)
				}
				return err
			})
			if err != nil {
				return err
			}
		}
		if total != accounts*money {
			return fmt.Errorf("there is %d of %d", total, accounts*money)
		}
		run.trace = s.Trace()
		return err
	})
	return run, err
}

var seeds = flag.Uint64("seeds", 80, "how many seeds of simulations are tried")

func TestBankKeepsItsMoney(t *testing.T) {
	n := *seeds
	if testing.Short() {
		n = min(n, 20)
	}
	var all bankRun
	for seed := range n {
		run, err := bank(seed, new(actors.Memory))
		if err != nil {
			t.Fatal(err)
		}
		all.done += run.done
		all.tries += run.tries
		all.fenced += run.fenced
		all.crashes += run.crashes
	}
	t.Logf("%d seeds: %d transfers, %d tries, %d fenced, %d crashes", n, all.done, all.tries, all.fenced, all.crashes)
	if all.done == 0 || all.fenced == 0 || all.crashes == 0 {
		t.Errorf("too peaceful: %+v", all)
	}
}

// The simulation finds a bank that books twice, and a store that does not fence.
func TestSimulationFindsFlaws(t *testing.T) {
	found := func(store func() actors.Store) bool {
		for seed := range uint64(300) {
			if _, err := bank(seed, store()); err != nil {
				if !strings.Contains(err.Error(), fmt.Sprintf("actors: simulation with seed %d: there is", seed)) {
					t.Error(err)
				}
				return true
			}
		}
		return false
	}
	forgetful = true
	if !found(func() actors.Store { return new(actors.Memory) }) {
		t.Error("entries were booked twice, and nobody saw it")
	}
	forgetful = false
	if !found(func() actors.Store { return new(looseStore) }) {
		t.Error("writes were not fenced, and nobody saw it")
	}
}

// The same seed is the same run.
func TestReplay(t *testing.T) {
	traces := map[uint64]bool{}
	for seed := range uint64(10) {
		first, _ := bank(seed, new(actors.Memory))
		again, _ := bank(seed, new(actors.Memory))
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
		if err := Do.Call(ctx, a, func(c *actors.Context, _ *account) error { return c.Sleep(time.Hour) }); err != context.DeadlineExceeded {
			t.Error(err)
		}
		return errors.Join(err, sys.Stop(s.Context()))
	})
	if err != nil || time.Since(begin) > time.Minute {
		t.Error(err)
	}
}
