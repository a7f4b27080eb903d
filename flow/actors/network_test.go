package actors_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet/flow/actors"
)

// Branch is a protocol that can be sent to other nodes.
type Branch interface {
	Put(*actors.Context, map[string]int) (map[string]int, error)
	Send(*actors.Context, Order) (int, error)
	Ask(*actors.Context, []actors.Ref[Branch]) ([]int, error)
	Break(*actors.Context, string) error
}

type Order struct {
	To     actors.Ref[Branch]
	Goods  map[string]int
	Note   *string
	Before time.Time
}

type branch struct{ stock map[string]int }

var errStock = errors.New("out of stock")

var (
	Branches = actors.NewKind("branch", func() Branch { return &branch{map[string]int{}} }, actors.Traits{Errors: []error{errStock}})
	Put      = actors.Method(Branches, "put", Branch.Put)
	Send     = actors.Method(Branches, "send", Branch.Send)
	Ask      = actors.Method(Branches, "ask", Branch.Ask)
	Break    = actors.Action(Branches, "break", Branch.Break)
)

func (b *branch) Put(_ *actors.Context, goods map[string]int) (map[string]int, error) {
	for what, n := range goods {
		b.stock[what] += n
	}
	all := map[string]int{}
	for what, n := range b.stock {
		all[what] = n
	}
	return all, nil
}

func (b *branch) Send(c *actors.Context, o Order) (int, error) {
	for _, what := range slices.Sorted(maps.Keys(o.Goods)) {
		if n := o.Goods[what]; b.stock[what] < n {
			return b.stock[what], fmt.Errorf("%s, %v: %w", what, o.Before.UTC(), errStock)
		}
	}
	for what, n := range o.Goods {
		b.stock[what] -= n
	}
	if o.Note != nil {
		return len(*o.Note), Put.Tell(c, o.To, o.Goods)
	}
	all, err := Put.Call(c, o.To, o.Goods)
	return len(all), err
}

func (b *branch) Ask(c *actors.Context, path []actors.Ref[Branch]) ([]int, error) {
	if len(path) == 0 {
		return []int{len(b.stock)}, nil
	}
	rest, err := Ask.Call(c, path[0], path[1:])
	return append([]int{len(b.stock)}, rest...), err
}

func (b *branch) Break(c *actors.Context, what string) error {
	if what == "" {
		return nil
	}
	panic(what)
}

type byHash []string

func (p byHash) Node(kind, key string) string {
	h := fnv.New32()
	h.Write([]byte(kind + key))
	return p[h.Sum32()%uint32(len(p))]
}

// trade runs a random program, and tells everything that could be seen of it.
func trade(seed uint64, systems []*actors.System) (lines []string) {
	r := rand.New(rand.NewPCG(seed, 9))
	names := []string{"oslo", "rome", "kyiv", "lima", "pune"}
	for range 60 {
		sys := systems[r.IntN(60)%len(systems)] // a Ref is for use in its own system
		branch := func() actors.Ref[Branch] { return Branches.Ref(sys, names[r.IntN(len(names))]) }
		at := branch()
		switch r.IntN(8) {
		case 0, 1, 2:
			all, err := Put.Call(background, at, map[string]int{[]string{"tea", "salt"}[r.IntN(2)]: r.IntN(9)})
			lines = append(lines, fmt.Sprint("put ", at, all, err))
		case 3, 4, 5:
			o := Order{To: branch(), Goods: map[string]int{"tea": r.IntN(9), "salt": r.IntN(3)}, Before: time.Unix(int64(r.IntN(1e9)), 0)}
			if r.IntN(2) == 0 {
				o.Note = new(string)
				*o.Note = strings.Repeat("x", r.IntN(5))
			}
			n, err := Send.Call(background, at, o)
			synctest.Wait() // a Tell arrives
			lines = append(lines, fmt.Sprint("send ", at, o.To, n, err, errors.Is(err, errStock), errors.Is(err, actors.ErrCycle)))
		case 6:
			var path []actors.Ref[Branch]
			for range r.IntN(4) {
				path = append(path, branch())
			}
			sizes, err := Ask.Call(background, at, path)
			lines = append(lines, fmt.Sprint("ask ", at, path, sizes, err, errors.Is(err, actors.ErrCycle)))
		case 7:
			err := Break.Call(background, at, []string{"", "poison"}[r.IntN(2)])
			lines = append(lines, fmt.Sprint("break ", at, err, errors.Is(err, actors.ErrPanicked)))
		}
	}
	return lines
}

// The same program gives the same results whether messages are handed over as they
// are, or encoded, or sent between three nodes.
func TestEncodedAndRemoteAreTheSame(t *testing.T) {
	run := func(t *testing.T, seed uint64, nodes int, encode bool) (lines []string) {
		synctest.Test(t, func(t *testing.T) {
			var network actors.Loopback
			var systems []*actors.System
			place := byHash{"a", "b", "c"}
			for i := range max(1, nodes) {
				sys := actors.New(background, actors.Rules{Encode: encode})
				defer sys.Close()
				systems = append(systems, sys)
				if nodes > 0 {
					err := sys.Join(actors.Node{Name: place[i], Network: &network, Placement: place, Kinds: []actors.AnyKind{Branches}})
					if err != nil {
						t.Fatal(err)
					}
				}
			}
			lines = trade(seed, systems)
		})
		return lines
	}
	cycles := 0
	for seed := range uint64(40) {
		direct := run(t, seed, 0, false)
		for what, other := range map[string][]string{"encoded": run(t, seed, 0, true), "three nodes": run(t, seed, 3, false)} {
			for i := range direct {
				if direct[i] != other[i] {
					t.Fatalf("seed %d, %s, line %d\ngot  %s\nwant %s", seed, what, i, other[i], direct[i])
				}
			}
		}
		cycles += strings.Count(strings.Join(direct, "\n"), "circle")
	}
	if cycles == 0 {
		t.Error("no program had a circle")
	}
}

// What is shared by mistake is not when messages are encoded.
func TestEncodeCopies(t *testing.T) {
	inBubble(t, actors.Rules{Encode: true}, func(t *testing.T, sys *actors.System) {
		ref := Branches.Ref(sys, "oslo")
		goods := map[string]int{"tea": 1}
		all, _ := Put.Call(background, ref, goods)
		all["tea"] = 1000
		if again, _ := Put.Call(background, ref, nil); again["tea"] != 1 {
			t.Error(again)
		}
		a := spawn(t, sys, "a")
		err := Do.Call(background, a, func(*actors.Context, *account) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "func(*actors.Context, *actors_test.account) error cannot be encoded") {
			t.Error(err)
		}
	})
}

// Actors that were spawned are found from other nodes too, and their end is seen.
func TestRefsTravel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var network actors.Loopback
		join := func(name string) *actors.System {
			sys := actors.New(background, actors.Rules{})
			if err := sys.Join(actors.Node{Name: name, Network: &network, Kinds: []actors.AnyKind{Branches}, Placement: byHash{"a"}}); err != nil {
				t.Fatal(err)
			}
			return sys
		}
		a, b := join("a"), join("b")
		defer a.Close()
		defer b.Close()
		if err := actors.New(background, actors.Rules{}).Join(actors.Node{Name: "a", Network: &network}); err == nil {
			t.Error("two nodes of one name")
		}
		mine, _ := Branches.Spawn(b, "")
		named, _ := Branches.Spawn(b, "shop")
		far := Branches.Ref(b, "oslo") // on node a
		for _, to := range []actors.Ref[Branch]{mine, named} {
			Put.Call(background, far, map[string]int{"tea": 3})
			if n, err := Send.Call(background, far, Order{To: to, Goods: map[string]int{"tea": 2}}); n != 1 || err != nil {
				t.Error(n, err)
			}
			if all, err := Put.Call(background, to, nil); all["tea"] != 2 || err != nil {
				t.Error(all, err)
			}
		}
		mine.Stop(background)
		_, err := Send.Call(background, far, Order{To: mine, Goods: map[string]int{"tea": 1}})
		if !errors.Is(err, actors.ErrStopped) || !strings.Contains(err.Error(), "branch#1@b") {
			t.Error(err)
		}
		// A circle over two nodes.
		_, err = Ask.Call(background, named, []actors.Ref[Branch]{far, named})
		if !errors.Is(err, actors.ErrCycle) || !strings.Contains(err.Error(), "branch/oslo → branch:shop@b → branch/oslo") {
			t.Error(err)
		}
		a.Close()
		if _, err := Put.Call(background, far, nil); !errors.Is(err, actors.ErrUnreachable) {
			t.Error(err)
		}
	})
}

// deafNetwork loses everything.
type deafNetwork struct{ actors.Loopback }

func (*deafNetwork) Send(_, _ string, _ []byte) error { return nil }

func TestNoAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := actors.New(background, actors.Rules{})
		defer sys.Close()
		sys.Join(actors.Node{Name: "a", Network: new(deafNetwork), Placement: byHash{"b"}})
		ref := Branches.Ref(sys, "oslo")
		begin := time.Now()
		if _, err := Put.Call(background, ref, nil); !errors.Is(err, actors.ErrUnreachable) || time.Since(begin).Round(ms) != 30*time.Second {
			t.Error(err, time.Since(begin))
		}
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		if _, err := Put.Call(ctx, ref, nil); err == nil || time.Since(begin).Round(ms) != 31*time.Second {
			t.Error(err, time.Since(begin))
		}
		called := make(chan error, 1)
		go func() { _, err := Put.Call(background, ref, nil); called <- err }()
		synctest.Wait()
		sys.Close()
		if err := <-called; !errors.Is(err, actors.ErrStopped) {
			t.Error(err)
		}
	})
}

// holding keeps what goes to one node until it is told to deliver it.
type holding struct {
	actors.Loopback
	to   string
	held [][]byte
}

func (h *holding) Send(from, to string, message []byte) error {
	if to == h.to {
		h.held = append(h.held, message)
		return nil
	}
	return h.Loopback.Send(from, to, message)
}

// An answer to a node that is gone is none to the one that has its name now: both
// number their questions from the beginning. (The example bank lost money by it,
// in one seed of some thousand.)
func TestAnswersToThePast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := &holding{to: "a"}
		join := func(name string) *actors.System {
			sys := actors.New(background, actors.Rules{})
			if err := sys.Join(actors.Node{Name: name, Network: network, Placement: byHash{"b"}, Kinds: []actors.AnyKind{Branches}}); err != nil {
				t.Fatal(err)
			}
			return sys
		}
		there := join("b")
		defer there.Close()
		ask := func(here *actors.System, goods map[string]int) chan string {
			answer := make(chan string, 1)
			go func() {
				all, err := Put.Call(background, Branches.Ref(here, "oslo"), goods)
				answer <- fmt.Sprint(all, err)
			}()
			synctest.Wait()
			return answer
		}
		past := join("a")
		ask(past, map[string]int{"tea": 1})
		past.Close()
		now := join("a")
		defer now.Close()
		answer := ask(now, map[string]int{"tea": 2})
		for _, message := range network.held {
			network.Loopback.Send("b", "a", message)
		}
		if got := <-answer; got != "map[tea:3] <nil>" {
			t.Error(got)
		}
	})
}

// The address of an actor without a name is good as long as its node lives, and not for
// another actor that gets the same number in the next life; also if it was sent back.
func TestNumbersOfThePast(t *testing.T) {
	var network actors.Loopback
	here := station(t, &network, "a")
	defer here.Close()
	old := actors.Ref[Guard]{}
	for life := range 3 {
		there := station(t, &network, "b")
		lamp, err := Guards.Spawn(there, "")
		if err != nil {
			t.Fatal(err)
		}
		now := lamp.In(here)
		if _, err := GuardSeen.Call(background, now, actors.None{}); err != nil {
			t.Error(err)
		}
		if life > 0 {
			for _, ref := range []actors.Ref[Guard]{old, old.In(there), old.In(there).In(here)} {
				if _, err := GuardSeen.Call(background, ref, actors.None{}); !errors.Is(err, actors.ErrStopped) {
					t.Errorf("%v, of an earlier life of the node: %v", ref, err)
				}
			}
			if _, err := GuardSeen.Call(background, now, actors.None{}); err != nil || now == old {
				t.Error(err)
			}
		}
		old = now
		there.Close()
	}
}

// Each mistake with Join has a text of its own, and none is silent.
func TestMistakesWithJoin(t *testing.T) {
	network := new(actors.Loopback)
	twin := actors.NewKind("branch", func() Branch { return new(branch) }, actors.Traits{})
	good := actors.Node{Name: "a", Network: network}
	for want, f := range map[string]func(*actors.System) error{
		"Name is empty":    func(s *actors.System) error { return s.Join(actors.Node{Network: network}) },
		"Network is nil":   func(s *actors.System) error { return s.Join(actors.Node{Name: "a"}) },
		"before the first": func(s *actors.System) error { Branches.Ref(s, "x"); return s.Join(good) },
		`two kinds "branch"`: func(s *actors.System) error {
			return s.Join(actors.Node{Name: "a", Network: network, Kinds: []actors.AnyKind{Branches, twin}})
		},
		`a node already, "a"`: func(s *actors.System) error {
			return errors.Join(s.Join(good), s.Join(actors.Node{Name: "b", Network: network}))
		},
	} {
		sys := actors.New(background, actors.Rules{})
		if err := f(sys); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
		sys.Close()
	}
}

// A message that cannot be encoded, or read, has one error, of one line, which says whose.
func TestErrorsOfEncoding(t *testing.T) {
	type hidden struct{ a int }
	type protocol interface {
		F(*actors.Context, func()) (func(), error)
		Hide(*actors.Context, *hidden) error
		Take(*actors.Context, actors.Ref[Branch]) error
	}
	kind := actors.NewKind("k", func() protocol { return nil }, actors.Traits{})
	f := actors.Method(kind, "f", protocol.F)
	hide := actors.Action(kind, "hide", protocol.Hide)
	take := actors.Action(kind, "take", protocol.Take)
	synctest.Test(t, func(t *testing.T) {
		var network actors.Loopback
		a, b, alone := actors.New(background, actors.Rules{}), actors.New(background, actors.Rules{}), actors.New(background, actors.Rules{Encode: true})
		for name, sys := range map[string]*actors.System{"a": a, "b": b} {
			kinds := []actors.AnyKind{kind}
			if name == "a" {
				kinds = append(kinds, Branches)
			}
			if err := sys.Join(actors.Node{Name: name, Network: &network, Placement: byHash{"b"}, Kinds: kinds}); err != nil {
				t.Fatal(err)
			}
		}
		defer a.Close()
		defer b.Close()
		defer alone.Close()
		_, far := f.Call(background, kind.Ref(a, "1"), nil)
		_, encoded := f.Call(background, kind.Ref(alone, "1"), nil)
		_, unknown := Put.Call(background, Branches.Ref(a, "1"), nil)
		for _, c := range []struct {
			got  error
			want string
		}{
			{far, `actors: f to k/1: actors: func() cannot be encoded`},
			{encoded, `actors: f to k/1: actors: func() cannot be encoded`},
			{hide.Call(background, kind.Ref(a, "1"), nil), `actors: hide to k/1: actors: actors_test.hidden cannot be encoded: its field a is not exported`},
			{unknown, `actors: put to branch/1: kind "branch" is unknown to node "b": it is not in its Node.Kinds`},
			{take.Call(background, kind.Ref(a, "1"), Branches.Ref(a, "1")), `actors: take to k/1: kind "branch" is unknown to node "b": it is not in its Node.Kinds`},
		} {
			if fmt.Sprint(c.got) != c.want {
				t.Errorf("got  %v\nwant %s", c.got, c.want)
			}
		}
		_ = hidden{1}.a
	})
}
