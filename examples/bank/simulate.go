package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/trivet-go/trivet/examples/bank/ledger"
	"github.com/trivet-go/trivet/flow/actors"
)

// A scenario is what happens in every simulation, but for what the seed decides.
type scenario struct {
	accounts, clients, transfers int // transfers of each client
	unfenced                     bool
}

// opening is what each account has in the beginning.
const opening = 100

// An outcome is what came of one simulation, or of many.
type outcome struct {
	Done    int `json:"done"`    // transfers that were done
	Refused int `json:"refused"` // and those for which there was not enough money
	Tries   int `json:"tries"`   // how often clients asked, in all
	Fenced  int `json:"fenced"`  // writes of nodes that wrongly believed a grain theirs
	Crashes int `json:"crashes"`

	trace uint64 // is another one for every other run
}

func (o *outcome) add(other outcome) {
	o.Done += other.Done
	o.Refused += other.Refused
	o.Tries += other.Tries
	o.Fenced += other.Fenced
	o.Crashes += other.Crashes
}

// world is a simulation of the bank: three nodes that crash, and a fourth one, which
// does not, with the clients.
type world struct {
	*actors.Simulation
	scenario
	ctx   context.Context // of the program
	story *story

	store   actors.Store
	network *actors.Partitionable
	nodes   map[string]*node
	done    map[string]ledger.Order // what clients were told is done
	outcome
}

// node is one of those that have the grains.
type node struct {
	name  string
	sys   *actors.System
	shift int // what it believes: see Node
}

const clientNode = "client"

var (
	bankNodes = []string{"a", "b", "c"}
	allNodes  = append([]string{clientNode}, bankNodes...)
)

// peace is how long nothing goes wrong before the accounts are read: until all links are
// mended, and all grains passivated. A second activation of one cannot write, but it
// could be read.
const peace = time.Second

// Node implements [actors.Placement]. Nodes whose shifts differ do not agree where a
// grain is: so there may be two of it.
func (n *node) Node(kind, key string) string {
	return bankNodes[(len(kind)+int(key[len(key)-1])+n.shift)%len(bankNodes)]
}

// simulate runs one seed. The error tells what is wrong with the bank afterwards.
func simulate(ctx context.Context, seed uint64, sc scenario, told *story) (outcome, error) {
	w := &world{scenario: sc, ctx: ctx, story: told, nodes: map[string]*node{}, done: map[string]ledger.Order{}}
	err := actors.Simulate(seed, func(s *actors.Simulation) error {
		w.Simulation = s
		w.story.begin(s.Now)
		w.store = &watchedStore{newStore(sc.unfenced), w}
		w.network = s.Network(actors.Faults{Lose: 0.05, Twice: 0.05, Delay: 20 * time.Millisecond})
		err := w.run()
		w.trace = s.Trace()
		return err
	})
	return w.outcome, err
}

func (w *world) run() error {
	for _, name := range allNodes {
		if err := w.boot(name); err != nil {
			return err
		}
	}
	if err := w.open(); err != nil {
		return err
	}
	if err := w.trade(); err != nil {
		return err
	}
	accounts, err := w.read()
	if err != nil {
		return err
	}
	return ledger.Audit(accounts, opening, w.done)
}

// boot starts a node, for the first time or again.
func (w *world) boot(name string) error {
	n := &node{name: name, sys: w.System(actors.Rules{Store: w.store})}
	w.nodes[name] = n
	return n.sys.Join(actors.Node{Name: name, Network: w.network, Placement: n, Kinds: ledger.Kinds})
}

// client is the system that asks.
func (w *world) client() *actors.System { return w.nodes[clientNode].sys }

// open opens the accounts.
func (w *world) open() error {
	for i := range w.accounts {
		ref := ledger.Accounts.Ref(w.client(), fmt.Sprint(i))
		_, err := insist(w, clientNode, func(ctx context.Context) (bool, error) {
			return ledger.Book.Call(ctx, ref, ledger.Opening(opening))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// trade lets the clients transfer money, while nodes crash. All share what they like
// without a lock: one of the goroutines of a simulation runs at a time.
func (w *world) trade() (err error) {
	left := w.clients
	for i := range w.clients {
		w.Go(fmt.Sprint("client ", i), func(context.Context) {
			defer func() { left-- }()
			for n := 0; n < w.transfers && err == nil; n++ {
				err = errors.Join(err, w.transfer(i, n))
			}
		})
	}
	for left > 0 {
		w.Sleep(w.upTo(200 * time.Millisecond))
		err = errors.Join(err, w.trouble())
	}
	return err
}

// transfer transfers some money from one account to another.
func (w *world) transfer(client, n int) error {
	r := w.Rand()
	o := ledger.Order{From: fmt.Sprint(r.IntN(w.accounts)), To: fmt.Sprint(r.IntN(w.accounts)), N: 1 + r.IntN(opening)}
	who, id := fmt.Sprint("client ", client), fmt.Sprint(client, "-", n)
	w.story.tell(who, "wants transfer/%s: %d from account/%s to account/%s", id, o.N, o.From, o.To)
	done, err := insist(w, who, func(ctx context.Context) (bool, error) {
		return ledger.Run.Call(ctx, ledger.Transfers.Ref(w.client(), id), o)
	})
	switch {
	case err != nil:
		return fmt.Errorf("transfer %s: %w", id, err)
	case done:
		w.Done++
		w.done[id] = o
		w.story.tell(who, "is told that transfer/%s is done", id)
	default:
		w.Refused++
		w.story.tell(who, "is told that transfer/%s is refused: not enough money", id)
	}
	return nil
}

// trouble makes some.
func (w *world) trouble() error {
	r := w.Rand()
	n := w.nodes[bankNodes[r.IntN(len(bankNodes))]]
	switch r.IntN(3) {
	case 0:
		w.Crashes++
		w.story.tell("node "+n.name, "crashes, and starts again")
		w.Crash(n.sys)
		return w.boot(n.name)
	case 1:
		n.shift = 1 - n.shift
		w.story.tell("node "+n.name, "%s where the grains are", [...]string{"knows again", "is mistaken about"}[n.shift])
	case 2:
		others := slices.DeleteFunc(slices.Clone(allNodes), func(name string) bool { return name == n.name })
		w.cut(n.name, others[r.IntN(len(others))])
	}
	return nil
}

// cut cuts the link between two nodes, for some time.
func (w *world) cut(a, b string) {
	w.story.tell("node "+a, "is cut off from node %s", b)
	w.network.Cut(a, b, true)
	w.Go("mend", func(context.Context) {
		w.Sleep(w.upTo(peace / 2))
		w.story.tell("node "+a, "is connected with node %s again", b)
		w.network.Cut(a, b, false)
	})
}

// read reads all accounts, when peace has come.
func (w *world) read() (map[string]ledger.Statement, error) {
	for _, name := range bankNodes {
		w.nodes[name].shift = 0
	}
	w.Sleep(peace)
	accounts := map[string]ledger.Statement{}
	for i := range w.accounts {
		name := fmt.Sprint(i)
		s, err := insist(w, "auditor", func(ctx context.Context) (ledger.Statement, error) {
			return ledger.Read.Call(ctx, ledger.Accounts.Ref(w.client(), name), actors.None{})
		})
		if err != nil {
			return nil, err
		}
		accounts[name] = s
		w.story.tell("auditor", "finds %d in account/%s", s.Balance, name)
	}
	return accounts, nil
}

var errInterrupted = errors.New("interrupted")

// insist asks again until there is an answer: the fourth of the reasons why no money
// is lost.
func insist[T any](w *world, who string, ask func(context.Context) (T, error)) (answer T, err error) {
	heard := ""
	for range 1000 {
		if w.ctx.Err() != nil {
			return answer, errInterrupted
		}
		w.Tries++
		ctx, cancel := w.WithTimeout(w.Context(), 300*time.Millisecond)
		answer, err = ask(ctx)
		cancel()
		if err == nil {
			return answer, nil
		}
		if err.Error() != heard {
			heard = err.Error()
			w.story.tell(who, "hears: %s; and asks again", heard)
		}
		w.Sleep(w.upTo(50 * time.Millisecond))
	}
	return answer, fmt.Errorf("no answer in 1000 tries: %w", err)
}

func (w *world) upTo(d time.Duration) time.Duration {
	return time.Duration(w.Rand().Int64N(int64(d)))
}

// newStore makes a store; an unfenced one has a flaw.
func newStore(unfenced bool) actors.Store {
	if unfenced {
		return new(unfencedStore)
	}
	return new(actors.Memory)
}

// unfencedStore does not look at revisions.
type unfencedStore struct{ actors.Memory }

func (u *unfencedStore) Save(ctx context.Context, key string, data []byte, _ uint64) (uint64, error) {
	_, last, err := u.Load(ctx, key)
	if err != nil {
		return 0, err
	}
	return u.Memory.Save(ctx, key, data, last)
}
