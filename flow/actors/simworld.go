package actors

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trivet-go/trivet/internal/park"
	"github.com/trivet-go/trivet/internal/spawn"
)

// System makes a system of the simulation, as New does. Each write and read of its
// Store is a moment at which somebody else may go on, and the system crash, before
// it and after it.
func (s *Simulation) System(rules Rules) *System {
	w := &simWorld{sim: s}
	if rules.Store != nil {
		rules.Store = &simStore{w, rules.Store}
	}
	w.sys = newSystem(s.ctx, rules, w)
	w.sys.filled = w.tell
	s.systems = append(s.systems, w)
	return w.sys
}

// Crash ends a system as a power cut does: what its actors have not written is
// lost, and whoever waits for it hears nothing. What still runs of it sees its
// context done, and reaches neither the store nor the network.
func (s *Simulation) Crash(sys *System) {
	w := sys.world.(*simWorld)
	w.crashed = true
	s.note("crash")
	s.tell(sys.node.Name, "crashes")
	sys.refusing.Store(true)
	sys.cancel(errCrashed)
	sys.leave()
	sys.endRoots(ruined)
}

var errCrashed = errors.New("actors: the node has crashed")

// simWorld is the world of one system of a simulation.
type simWorld struct {
	sim     *Simulation
	sys     *System
	turns   int
	crashed bool
}

// tell tells which message an actor has taken.
func (w *simWorld) tell(t *turn) {
	if w.sim.story != nil {
		m := &t.hand[t.at]
		w.sim.tell(w.sys.node.Name, "%s takes %s %.100s", t.cell.name(), m.op.about().name, fmt.Sprintf("%+v", m.op.question(m)))
	}
}

func (w *simWorld) now() time.Time { return w.sim.Now() }

func (w *simWorld) withDeadline(ctx context.Context, at int64) (context.Context, context.CancelFunc) {
	return w.sim.withDeadline(ctx, w.sys.begin.Add(time.Duration(at)).Sub(simStart))
}

func (w *simWorld) after(d time.Duration, f func()) (stop func() bool) { return w.sim.after(d, f) }

func (w *simWorld) random(most time.Duration) time.Duration {
	return time.Duration(w.sim.rand.Int64N(int64(most) + 1))
}

func (w *simWorld) hand(int) int { return 1 }

func (w *simWorld) start(c *cell, _ *Context) {
	w.turns++
	w.sim.procs = append(w.sim.procs, &proc{name: c.name(), spot: park.NewSpot(), system: w, begin: func() { spawn.Again(w.sys.newTurn(c).main) }})
}

func (w *simWorld) baton() *baton    { return nil }
func (w *simWorld) next(*turn) *cell { return nil }
func (w *simWorld) flush(*baton)     {}

func (w *simWorld) begun() {}

func (w *simWorld) ended() {
	w.turns--
	w.sim.over()
}

func (w *simWorld) yield(t *turn, _ int) {
	t.tellHandled()
	w.sim.await(nil)
}

func (w *simWorld) park(ctx context.Context, k *call) error {
	w.sim.await(func() bool { return k.state() != waiting || ctx.Err() != nil })
	switch {
	case k.state() != waiting:
		return nil
	case w.sim.failed != nil:
		return w.sim.failed
	}
	return context.Cause(ctx)
}

func (w *simWorld) unpark(*call) {}
func (w *simWorld) take(*call)   {}

func (w *simWorld) wait(ctx context.Context, _ *park.Line, try func() bool) error {
	for tries := 0; ; tries++ {
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case try():
			return nil
		case w.sim.failed != nil && tries > simPatience:
			return w.sim.failed
		}
		w.sim.current.vain = true
		seen := w.sim.progress
		w.sim.await(func() bool { return w.sim.progress != seen || ctx.Err() != nil })
	}
}

func (w *simWorld) waitQuiet(ctx context.Context) error {
	return w.wait(ctx, nil, func() bool {
		running := w.turns
		if w.sim.current.system == w {
			running--
		}
		return running == 0
	})
}

func (w *simWorld) sleep(ctx context.Context, d time.Duration) error {
	at := w.sim.clock + d
	w.sim.after(d, func() {})
	w.sim.await(func() bool { return w.sim.clock >= at || ctx.Err() != nil })
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// simStore is a store that others may come before, and after.
type simStore struct {
	world *simWorld
	store Store
}

func (s *simStore) moment() error {
	s.world.sim.await(nil)
	if s.world.crashed {
		return errCrashed
	}
	return nil
}

func (s *simStore) Load(ctx context.Context, key string) (data []byte, revision uint64, err error) {
	if err := s.moment(); err != nil {
		return nil, 0, err
	}
	data, revision, err = s.store.Load(ctx, key)
	return data, revision, errors.Join(err, s.moment())
}

func (s *simStore) Save(ctx context.Context, key string, data []byte, revision uint64) (uint64, error) {
	if err := s.moment(); err != nil {
		return 0, err
	}
	revision, err := s.store.Save(ctx, key, data, revision)
	return revision, errors.Join(err, s.moment())
}
