package actors

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/park"
	"github.com/trivet-go/trivet/internal/spawn"
)

// Rules are the settings of a system; zero is good.
type Rules struct {
	// Name names the system where DeadLetters has panicked.
	Name string

	// DeadLetters, if not nil, gets every dead letter. It must be quick, and is
	// called by several goroutines at once.
	DeadLetters func(DeadLetter)

	// Supervision is what happens when an actor fails that was made by no other
	// one. Each has its Restarts for itself, and begins anew alone.
	Supervision Supervision

	// Store keeps the states of grains that are Keepers; nil: they are forgotten
	// when the grain is passivated.
	Store Store

	// Encode lets every message to an actor, and every answer, be encoded and
	// decoded, as if they came from another node. It is for tests: what works
	// with it works with a Network, and what is shared by mistake is found.
	Encode bool

	// Grace is how long Close waits for methods that ignore their context; 0
	// means 10 seconds.
	Grace time.Duration
}

// A System is a place where actors live. Whoever makes one calls Stop or Close.
type System struct {
	rules  Rules
	hooks  *trivet.Hooks
	ctx    context.Context // done when the system is closed
	cancel context.CancelCauseFunc
	begin  time.Time
	world  world
	node   Node // see Join
	remote remote

	// Not in package variables: what waits must not get from one synctest bubble
	// into another.
	turns sync.Pool        // of *turn
	calls sync.Pool        // of *call
	rings [sizes]sync.Pool // of *ring

	callIDs atomic.Uint64 // the calls that were made so far

	refusing atomic.Bool // messages from outside are refused, and all once ctx is done

	mu      sync.Mutex // held for a few instructions
	homes   map[*kind]*home
	names   map[address]*cell
	grains  map[address]weak.Pointer[cell]
	awake   map[*cell]bool // the grains that have a state
	numbers uint64
	roots   family
	guards  map[*cell]*supervisor[*cell] // of the roots that have failed
	closing bool                         // no more actors are made
	actors  int                          // that are not dead
	empty   park.Line                    // those who wait until there are none
}

// An address is what an actor is found by.
type address struct {
	kind *kind
	key  string
}

// A home is a kind in a system.
type home struct {
	sys     *System
	kind    *kind
	crew    *spawn.Crew
	mailbox int
	hand    int // how many messages are taken out of a mailbox at once
	ops     []opCounts
	starts  atomic.Int32
	born    uint32 // actors that were made; guarded by the mutex of the system
	counts
}

// New makes a system. Its actors see the values of ctx, and the Hooks. When ctx is
// done so are the contexts of all methods, and messages are refused; Stop or Close
// is called all the same. New starts nothing.
func New(ctx context.Context, rules Rules) *System {
	r := new(reality)
	r.sys = newSystem(ctx, rules, r)
	return r.sys
}

func newSystem(ctx context.Context, rules Rules, w world) *System {
	s := &System{
		world:  w,
		rules:  rules,
		hooks:  trivet.HooksFrom(ctx),
		begin:  w.now(),
		homes:  map[*kind]*home{},
		names:  map[address]*cell{},
		guards: map[*cell]*supervisor[*cell]{},
		grains: map[address]weak.Pointer[cell]{},
		awake:  map[*cell]bool{},
	}
	s.rules.Supervision.fill()
	s.rules.Supervision.Strategy = OneForOne
	if s.rules.Grace == 0 {
		s.rules.Grace = spawn.DefaultGrace
	}
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	s.remote.init()
	return s
}

// now is the time on the clock of the system, in nanoseconds since it began;
// never 0.
func (s *System) now() int64 { return s.clock(s.world.now()) }

func (s *System) clock(t time.Time) int64 { return max(1, int64(t.Sub(s.begin))) }

// A Place is where actors are found and made: a System, or the Context of an
// actor of it.
type Place interface {
	place() (*System, *cell)
}

func (s *System) place() (*System, *cell) { return s, nil }

// homeOf is called with mu held.
func (s *System) homeOf(k *kind) *home {
	h := s.homes[k]
	if h == nil {
		for other := range s.homes {
			if other.name == k.name {
				panic(fmt.Sprintf("actors: two kinds %q in one system: names are the wire's, each stands once", k.name))
			}
		}
		h = &home{
			sys:     s,
			kind:    k,
			crew:    spawn.NewCrew(s.ctx, k.name),
			mailbox: k.traits.Mailbox,
			hand:    s.world.hand(k.traits.Mailbox),
			ops:     make([]opCounts, len(k.declared())),
		}
		s.homes[k] = h
	}
	return h
}

// Stop ends the system in good order: it takes no more messages from outside,
// waits until all that wait have been handled, and then stops the actors,
// children first. When ctx is done before that it does what Close does, and
// returns the cause as well.
func (s *System) Stop(ctx context.Context) error {
	if me := contextOf(ctx); me != nil && me.sys == s {
		return errors.New("actors: an actor cannot wait for the end of its own system")
	}
	s.refusing.Store(true)
	err := s.world.waitQuiet(ctx)
	if err == nil {
		s.endRoots(draining)
		err = s.waitEmpty(ctx)
	}
	if err == nil {
		err = s.world.waitQuiet(ctx) // what they tell others of their end has gone out then
	}
	return errors.Join(err, s.Close())
}

// Close ends the system at once: what methods run see their context done, what
// waits is refused, or is a dead letter. It returns when all has ended; methods
// that go on for longer than Rules.Grace are named in *trivet.StuckErrors. It must
// not be called by an actor of the system.
func (s *System) Close() error {
	s.refusing.Store(true)
	s.cancel(ErrClosed)
	s.leave()
	s.endRoots(ruined)
	ctx, cancel := s.world.withDeadline(context.WithoutCancel(s.ctx), s.now()+int64(s.rules.Grace))
	defer cancel()
	if s.waitEmpty(ctx) != nil || s.world.waitQuiet(ctx) != nil {
		return s.stuck()
	}
	return nil
}

func (s *System) endRoots(how life) {
	s.mu.Lock()
	s.closing = true
	all := append(s.roots.youngestFirst(), s.awakeGrains()...)
	s.mu.Unlock()
	for _, c := range all {
		c.end(how)
	}
}

func (s *System) waitEmpty(ctx context.Context) error {
	return s.world.wait(ctx, &s.empty, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.actors == 0
	})
}

// stuck names the methods that still run, and lets those go who wait for their
// actors.
func (s *System) stuck() error {
	var errs []error
	for _, c := range s.everybody() {
		if err := c.stuck(); err != nil {
			errs = append(errs, err)
		}
	}
	if all := s.everybody(); len(errs) == 0 && len(all) > 0 {
		errs = append(errs, fmt.Errorf("actors: %d actors have not ended, %s among them: %v", len(all), all[0].name(), s.Waits()))
	}
	return errors.Join(errs...)
}

func (c *cell) stuck() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.turn
	if t == nil {
		return nil
	}
	err := &trivet.StuckError{Name: c.name(), Func: "its Start, its Stop or the answer to a Go", After: c.home.sys.rules.Grace}
	if m := t.marked(); m != nil && m.op != nil {
		err.Func = m.op.about().method()
	}
	for i := range t.hand {
		c.letGo(&t.hand[i])
	}
	if c.box != nil {
		for i := range c.box.slots {
			c.letGo(&c.box.slots[i])
		}
	}
	return err
}

// letGo lets the caller go who waits for the answer to m, if one does.
func (c *cell) letGo(m *message) {
	if m.reply != nil && m.reply.settle(cut) {
		c.home.sys.world.unpark(m.reply)
	}
}

// everybody lists all actors.
func (s *System) everybody() []*cell {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := appendFamily(nil, &s.roots)
	for _, c := range s.awakeGrains() {
		all = appendTree(all, c)
	}
	return all
}

func appendFamily(all []*cell, f *family) []*cell {
	for c := f.first; c != nil; c = c.next {
		all = appendTree(all, c)
	}
	return all
}

func appendTree(all []*cell, c *cell) []*cell {
	all = append(all, c)
	if more := c.has(); more != nil {
		all = appendFamily(all, &more.kids)
	}
	return all
}

// awakeGrains lists the grains that have a state, by name. mu is held.
func (s *System) awakeGrains() []*cell {
	return slices.SortedFunc(maps.Keys(s.awake), func(a, b *cell) int { return strings.Compare(a.name(), b.name()) })
}
