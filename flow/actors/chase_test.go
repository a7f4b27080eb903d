package actors_test

import (
	"context"
	"errors"
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
	To     actors.Ref[Walker]
	Walk   Walk
}

type walker struct{}

var (
	Walkers = actors.NewKind("walker", func() Walker { return walker{} }, actors.Traits{})
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
	w, id := watching.asks(c.Name(), s.To.Name())
	s.Walk.ID = id
	trail, err := GoWalk.Call(ctx, s.To, s.Walk)
	watching.heard(w, err)
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
