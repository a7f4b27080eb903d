package actors

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/trivet-go/trivet/internal/park"
	"github.com/trivet-go/trivet/internal/spawn"
)

// A Simulation is a world in which one goroutine runs at a time, time passes when
// nobody has anything to do, and a seed decides everything else: who goes on next,
// after every message and whenever somebody waits, and what the network does. The
// same seed gives the same run, to the last step.
//
// Its systems, made by [Simulation.System], are used by body, by functions that
// were started by [Simulation.Go], and by actors; by no other goroutine. What they
// wait for other than through this package, channels for one, is not seen, and
// nobody else goes on meanwhile. Deadlines are those of [Simulation.WithTimeout] and
// [Context.WithTimeout].
type Simulation struct {
	rand   *rand.Rand
	clock  time.Duration
	events []*simEvent // that are to come, in order
	last   uint64      // number of an event
	ctx    context.Context
	cancel context.CancelCauseFunc
	group  *spawn.Group

	procs    []*proc // that are not over
	current  *proc
	turnover park.Spot // where the scheduler waits for the goroutine that runs
	progress int       // steps that were not in vain
	steps    int
	failed   error // why all come to an end
	trace    uint64
	story    io.Writer // of what happens; usually nil
	systems  []*simWorld
}

// A proc is a goroutine of the simulation.
type proc struct {
	name   string
	begin  func()      // starts it; nil once it has been
	spot   park.Spot   // where it waits until it goes on
	ready  func() bool // whether it can go on; nil: it can
	vain   bool        // its last step changed nothing
	system *simWorld   // whose turn it is; nil for functions
}

type simEvent struct {
	at      time.Duration
	number  uint64
	f       func()
	stopped bool
}

// simStart is when every simulation begins.
var simStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

const (
	simStep     = 20 * time.Microsecond // what a step takes at most
	simSteps    = 20_000_000            // how many there are at most
	simPatience = 1000                  // steps in which one waits for others to end when the simulation has failed
)

// Simulate calls body in a simulation, and returns its error when all that it has
// started has ended; systems that are still open then are closed. The error names
// the seed. If nobody can go on any more the error says who waits for whom.
func Simulate(seed uint64, body func(*Simulation) error) error {
	s := &Simulation{rand: rand.New(rand.NewPCG(seed, 0x7472697665743a)), turnover: park.NewSpot()}
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	defer s.cancel(nil)
	s.group = spawn.New(context.Background(), spawn.Rules{})
	var err error
	s.Go("body", func(context.Context) {
		err = body(s)
		for _, w := range s.systems {
			err = errors.Join(err, w.sys.Close())
		}
	})
	s.run()
	if err = errors.Join(err, s.failed, s.group.Wait()); err != nil {
		return fmt.Errorf("actors: simulation with seed %d: %w", seed, err)
	}
	return nil
}

// Go starts f as a goroutine of the simulation.
func (s *Simulation) Go(name string, f func(ctx context.Context)) {
	p := &proc{name: name, spot: park.NewSpot()}
	p.begin = func() {
		s.group.Start(spawn.Task{Func: f, Run: func(context.Context) error { f(s.ctx); return nil }, End: func(err error) error {
			s.over()
			return err
		}})
	}
	s.procs = append(s.procs, p)
}

// Context is done when the simulation has failed. It is what to call actors with.
func (s *Simulation) Context() context.Context { return s.ctx }

// WithTimeout is context.WithTimeout by the clock of the simulation.
func (s *Simulation) WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return s.withDeadline(ctx, s.clock+d)
}

// Now is the time, which begins with the year 2000.
func (s *Simulation) Now() time.Time { return simStart.Add(s.clock) }

// Sleep lets the goroutine that calls it wait for a time.
func (s *Simulation) Sleep(d time.Duration) {
	at := s.clock + d
	s.after(d, func() {})
	s.await(func() bool { return s.clock >= at })
}

// Rand is where chance comes from.
func (s *Simulation) Rand() *rand.Rand { return s.rand }

// Trace is a number that tells runs apart: it is the same for the same steps.
func (s *Simulation) Trace() uint64 { return s.trace }

// Story lets w get a line for every message that an actor takes, every one that the
// network loses or doubles, and every crash: to read how a seed went wrong. It changes
// nothing of the run.
func (s *Simulation) Story(w io.Writer) { s.story = w }

// tell adds a line to the story.
func (s *Simulation) tell(node, format string, args ...any) {
	if s.story != nil {
		fmt.Fprintf(s.story, "%12v  %s  %s\n", s.clock.Round(time.Microsecond), node, fmt.Sprintf(format, args...))
	}
}

// run lets one after the other go on, until all are over.
func (s *Simulation) run() {
	for len(s.procs) > 0 {
		s.due()
		p := s.choose()
		switch {
		case p != nil:
			s.step(p)
		case len(s.events) > 0:
			s.clock = max(s.clock, s.events[0].at)
		case s.failed == nil:
			s.fail(fmt.Errorf("nobody can go on: %s", s.whoWaits()))
		default:
			return // they wait for something that is none of ours
		}
	}
}

// due lets the events happen whose time has come.
func (s *Simulation) due() {
	for len(s.events) > 0 && s.events[0].at <= s.clock {
		e := s.events[0]
		s.events = s.events[1:]
		if !e.stopped {
			s.progress++
			e.f()
			s.counted()
		}
	}
}

// choose draws one of those who can go on.
func (s *Simulation) choose() *proc {
	var ready []*proc
	for _, p := range s.procs {
		if p.ready == nil || s.failed != nil || p.ready() {
			ready = append(ready, p)
		}
	}
	if len(ready) == 0 {
		return nil
	}
	return ready[s.rand.IntN(len(ready))]
}

// step lets p go on until it waits, or is over.
func (s *Simulation) step(p *proc) {
	s.current = p
	p.vain = false
	if begin := p.begin; begin != nil {
		p.begin = nil
		begin()
	} else {
		p.spot.Unpark()
	}
	_ = s.turnover.Park(context.Background()) // whoever runs comes back here
	if !p.vain {
		s.progress++
		s.clock += time.Duration(s.rand.Int64N(int64(simStep)))
		s.note(p.name)
	}
	s.counted()
}

// counted ends a simulation that goes on and on, be it by timers only.
func (s *Simulation) counted() {
	if s.steps++; s.steps == simSteps {
		s.fail(fmt.Errorf("it has not come to an end after %d steps", simSteps))
	}
}

// note makes a step part of the trace.
func (s *Simulation) note(what string) {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %d %s", s.trace, s.clock, what)
	s.trace = h.Sum64()
}

func (s *Simulation) fail(err error) {
	if s.failed == nil {
		s.failed = err
		s.cancel(err)
	}
}

// await lets others go on until ready. The goroutine that calls it is the one that
// runs.
func (s *Simulation) await(ready func() bool) {
	p := s.current
	p.ready = ready
	s.turnover.Unpark()
	_ = p.spot.Park(context.Background())
	p.ready = nil
}

// over is the last thing that a goroutine does.
func (s *Simulation) over() {
	at := slices.Index(s.procs, s.current)
	s.procs = slices.Delete(s.procs, at, at+1)
	s.turnover.Unpark()
}

func (s *Simulation) after(d time.Duration, f func()) (stop func() bool) {
	s.last++
	e := &simEvent{at: s.clock + max(0, d), number: s.last, f: f}
	at, _ := slices.BinarySearchFunc(s.events, e, func(a, b *simEvent) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.number, b.number))
	})
	s.events = slices.Insert(s.events, at, e)
	return func() bool {
		was := e.stopped
		e.stopped = true
		return !was
	}
}

// simDeadline is a context with a deadline of the simulation.
type simDeadline struct {
	context.Context
	at time.Time
}

func (d simDeadline) Deadline() (time.Time, bool) { return d.at, true }

func (d simDeadline) Err() error {
	if context.Cause(d.Context) == context.DeadlineExceeded {
		return context.DeadlineExceeded
	}
	return d.Context.Err()
}

func (s *Simulation) withDeadline(ctx context.Context, at time.Duration) (context.Context, context.CancelFunc) {
	when := simStart.Add(at)
	if earlier, ok := ctx.Deadline(); ok && earlier.Before(when) {
		return context.WithCancel(ctx)
	}
	inner, cancel := context.WithCancelCause(ctx)
	stop := s.after(at-s.clock, func() { cancel(context.DeadlineExceeded) })
	return simDeadline{inner, when}, func() { stop(); cancel(context.Canceled) }
}

// whoWaits describes those who cannot go on.
func (s *Simulation) whoWaits() string {
	var all []string
	for _, p := range s.procs {
		all = append(all, p.name)
	}
	for _, w := range s.systems {
		for _, wait := range w.sys.Waits() {
			all = append(all, wait.String())
		}
	}
	return fmt.Sprintf("%q", all)
}
