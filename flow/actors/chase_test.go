package actors_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet/flow/actors"
)

// cluster makes nodes a, b, c ... in one network.
func cluster(t *testing.T, network actors.Network, names ...string) map[string]*actors.System {
	all := map[string]*actors.System{}
	for _, name := range names {
		sys := actors.New(background, actors.Rules{Name: name})
		err := sys.Join(actors.Node{Name: name, Network: network, Kinds: []actors.AnyKind{Walkers}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { sys.Close() })
		all[name] = sys
	}
	return all
}

// Walker is asked to ask others.
type Walker interface {
	Walk(*actors.Context, Walk) ([]string, error)
}

// Walk is what a walker does: it asks one after the other.
type Walk struct {
	ID    int
	Steps []WalkStep
}

type WalkStep struct {
	Pause  time.Duration // before it
	Within time.Duration // 0: no deadline
	Go     bool          // it does not wait, and is over
	To     actors.Ref[Walker]
	Walk   Walk
}

type walker struct{}

var went chan string // what became of walks that nobody waited for

// watching is told what walkers do, if it is not nil.
var watching interface {
	asks(who, to string) (id int) // before a Call; the ID is for its message
	runs(id int) (over func())    // when the method begins for a message; over, when it returns
	heard(id int, err error)      // when the Call has returned
}

var (
	Walkers = actors.NewKind("walker", func() Walker { return walker{} }, actors.Traits{Mailbox: 2})
	GoWalk  = actors.Method(Walkers, "walk", Walker.Walk)
)

func (walker) Walk(c *actors.Context, w Walk) (trail []string, err error) {
	if watching != nil {
		defer watching.runs(w.ID)()
	}
	trail = []string{c.Name()}
	for _, step := range w.Steps {
		if err := c.Sleep(step.Pause); err != nil {
			return trail, err
		}
		if step.Go {
			return trail, GoWalk.Go(c, step.To, step.Walk, func(_ *actors.Context, trail []string, err error) { went <- fmt.Sprint(trail, err) })
		}
		further, err := step.ask(c)
		if err != nil {
			return trail, err
		}
		trail = append(trail, further...)
	}
	return trail, nil
}

func (s WalkStep) ask(c *actors.Context) ([]string, error) {
	ctx := context.Context(c)
	if s.Within > 0 {
		var cancel context.CancelFunc
		ctx, cancel = c.WithTimeout(s.Within)
		defer cancel()
	}
	if watching == nil {
		return GoWalk.Call(ctx, s.To, s.Walk)
	}
	s.Walk.ID = watching.asks(c.Name(), s.To.Name())
	trail, err := GoWalk.Call(ctx, s.To, s.Walk)
	watching.heard(s.Walk.ID, err)
	return trail, err
}

// Two chains of calls that meet on different nodes.
func TestCircleOfTwoChains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := cluster(t, new(actors.Loopback), "a", "b")
		one, _ := Walkers.Spawn(nodes["a"], "one")
		two, _ := Walkers.Spawn(nodes["b"], "two")
		errs := make(chan error, 2)
		go func() {
			_, err := GoWalk.Call(background, one, Walk{Steps: []WalkStep{{Pause: ms, To: two.In(nodes["a"])}}})
			errs <- err
		}()
		go func() {
			_, err := GoWalk.Call(background, two, Walk{Steps: []WalkStep{{Pause: 2 * ms, To: one.In(nodes["b"])}}})
			errs <- err
		}()
		got := errors.Join(<-errs, <-errs)
		want := "actors: walk to walker:one@a: walker:two@b → walker:one@a → walker:two@b: " + actors.ErrCycle.Error()
		if got == nil || got.Error() != want {
			t.Errorf("got  %v\nwant %s", got, want)
		}
	})
}

// A circle over two nodes whose last wait is one within a node; and one whose last wait is
// for room.
func TestCircleClosedWithinANode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := cluster(t, new(actors.Loopback), "a", "b")
		spawn := func(node, name string) actors.Ref[Walker] {
			ref, err := Walkers.Spawn(nodes[node], name)
			if err != nil {
				t.Fatal(err)
			}
			return ref.In(nodes["a"])
		}
		one, two, three := spawn("a", "one"), spawn("b", "two"), spawn("a", "three")
		walk := Walk{Steps: []WalkStep{{To: two, Walk: Walk{Steps: []WalkStep{{To: three, Walk: Walk{Steps: []WalkStep{{Pause: ms, To: one}}}}}}}}}
		want := "walk to walker:one@a: walker:three@a → walker:one@a → walker:two@b → walker:three@a: "
		if _, err := GoWalk.Call(background, one, walk); !errors.Is(err, actors.ErrCycle) || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		called := make(chan error, 1)
		go func() {
			_, err := GoWalk.Call(background, one, walk)
			called <- err
		}()
		time.Sleep(ms / 2)
		for range 3 {
			go GoWalk.Tell(background, one, Walk{})
		}
		if err := <-called; !errors.Is(err, actors.ErrCycle) || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	})
}

// Who has asked with Go does not wait: whom it has asked may ask it.
func TestGoToAnotherNodeIsNoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := cluster(t, new(actors.Loopback), "a", "b")
		one, _ := Walkers.Spawn(nodes["a"], "one")
		two, _ := Walkers.Spawn(nodes["b"], "two")
		went = make(chan string, 1)
		walk := Walk{Steps: []WalkStep{{Go: true, To: two.In(nodes["a"]), Walk: Walk{Steps: []WalkStep{{To: one}}}}}}
		if _, err := GoWalk.Call(background, one, walk); err != nil {
			t.Error(err)
		}
		if got := <-went; got != "[walker:two@b walker:one@a] <nil>" {
			t.Error(got)
		}
	})
}

// rush is told what many goroutines do at once.
type rush struct {
	mu      sync.Mutex
	ran     map[int]bool
	refused map[int]bool
	who     []string // has sent a message, by its ID
}

func (r *rush) asks(who, _ string) (id int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.who = append(r.who, who)
	return len(r.who)
}

func (r *rush) runs(id int) (over func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ran[id] = true
	return func() {}
}

func (r *rush) heard(id int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var circle *actors.CycleError
	if errors.As(err, &circle) && circle.Path[0] == r.who[id-1] {
		r.refused[id] = true
	}
}

// Walkers in a hurry, on as many goroutines as there are: everybody comes to an end, and
// what was refused for a circle was not handled.
func TestWalkersInARush(t *testing.T) {
	r := &rush{ran: map[int]bool{}, refused: map[int]bool{}}
	watching = r
	defer func() { watching = nil }()
	names := []string{"a", "b", "c"}
	nodes := cluster(t, new(actors.Loopback), names...)
	var all []actors.Ref[Walker]
	for _, name := range names {
		for range 3 {
			ref, err := Walkers.Spawn(nodes[name], "")
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, ref)
		}
	}
	var wg sync.WaitGroup
	for i := range 8 {
		sys := nodes[names[i%len(names)]]
		random := rand.New(rand.NewPCG(uint64(i), 0))
		wg.Go(func() {
			for range 60 {
				_, _ = GoWalk.Call(background, all[random.IntN(len(all))].In(sys), randomWalk(random, sys, all, 3, false).shorter())
			}
		})
	}
	wg.Wait()
	for id := range r.refused {
		if r.ran[id] {
			t.Errorf("message %d was refused, and handled", id)
		}
	}
	t.Logf("%d messages, %d refused", len(r.who), len(r.refused))
	if len(r.refused) == 0 {
		t.Error("no circle")
	}
}

// shorter is the same walk with shorter pauses.
func (w Walk) shorter() Walk {
	for i := range w.Steps {
		w.Steps[i].Pause /= 100
		w.Steps[i].Walk = w.Steps[i].Walk.shorter()
	}
	return w
}
