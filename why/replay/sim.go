package replay

import (
	"context"
	"math"
	"slices"

	"github.com/trivet-go/trivet/internal/program"
)

const (
	never = math.MaxInt64
	none  = -1
)

// sim is one replay: a discrete-event simulation. Its events are the ends of
// what processors do (procHeap), the ends of delays (delayHeap) and the next
// thing that the garbage collector does.
type sim struct {
	prog *program.Program
	opt  Options
	costs
	unlimited bool // there is always another processor
	ideal     bool // and scheduling costs nothing: each goroutine has its own

	now   int64
	seq   uint64
	ops   int64
	ended bool // main is over

	gs      []gor
	running int   // goroutines that are neither new nor over
	last    int32 // goroutine that was over last

	procs  []*proc
	heap   procHeap
	idle   []int32 // a stack, as Go's list is
	looks  int     // processors that look for work and would find any
	loaded []int32 // processors with goroutines in their queues
	global globalQueue
	random uint64

	delays delayHeap
	objects
	chains
	collector
	speed *speeds // nil: all runs take as long as recorded

	work   int64
	starts []Start
	sched  Sched
	odd    Oddities
}

// State of a goroutine.
type state uint8

const (
	fresh state = iota
	ready
	onCore // running, or spinning for a lock
	inLock
	inChan
	inJoin
	inCond
	inEvent
	inSleep
	inIO
	inSyscall
	over
)

// gor is a goroutine.
type gor struct {
	rem    int64 // what is left of the running time of its operation; none = not begun
	since  int64 // when it entered its state
	asked  int64 // when it first asked for the lock that it waits for; none = it does not
	src    int32 // it executes operation pc of this goroutine of the program: its own, unless it deals with another's item
	pc     int32
	head   int32 // of its chain
	next   int32 // in the queue in which it waits
	start  int32 // index in sim.starts
	last   int32 // processor on which it last ran
	held   [3]uint32
	nheld  uint8
	state  state
	own    bool // nobody else's chain contains the head
	awoke  bool // no Unlock will wake another as long as it has not tried
	asleep bool // on the semaphore of a mutex, or made ready and has not got it yet
	lifo   bool // it sleeps at the head of the queue
	queued bool // it has waited for this lock before
	handed bool // the semaphore was passed to it
	spun   bool // it has spun for this lock since it last woke
	given  bool // it spun and has got the lock
	writer bool // RWMutex: it holds the inner mutex and waits for readers
	ticket bool // it is in the queue of the condition for which it will wait
	called bool // signalled since
	extra  bool // additional worker
}

// Run replays p. It returns a *StuckError when main can never end.
func Run(ctx context.Context, p *program.Program, opt Options) (*Result, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if err := opt.check(p); err != nil {
		return nil, err
	}
	s := newSim(p, opt)
	s.begin()
	for round := 0; !s.ended; round++ {
		if round&0xff == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if len(s.links) > s.foldAt {
			s.fold(s.gs)
		}
		if !s.event() {
			if err := s.halt(); err != nil {
				return nil, err
			}
		}
	}
	return s.result(), nil
}

func newSim(p *program.Program, opt Options) *sim {
	s := &sim{
		prog:   p,
		opt:    opt,
		last:   none,
		costs:  opt.costs(),
		random: opt.Seed*0x9E3779B97F4A7C15 + 0x2545F4914F6CDD1D,
	}
	if s.random == 0 {
		s.random = 1
	}
	s.unlimited = opt.Cores == Unlimited
	s.ideal = s.unlimited && s.costs == costs{slice: s.slice}
	if !s.ideal {
		for range max(1, opt.Cores) {
			s.newProc()
		}
		for i := len(s.procs) - 1; i > 0; i-- {
			s.idle = append(s.idle, int32(i))
		}
	}
	s.makeChains(s.totalOps())
	s.makeObjects()
	s.makeGoroutines()
	s.speed = newSpeeds(p, opt.Speed)
	s.makeCollector()
	return s
}

// makeGoroutines makes them all, including additional workers, and numbers
// their start functions.
func (s *sim) makeGoroutines() {
	s.gs = make([]gor, len(s.prog.Goroutines), len(s.prog.Goroutines)+s.extraWorkers())
	index := make(map[string]int32)
	for i := range s.gs {
		name := s.prog.Goroutines[i].Start
		start, ok := index[name]
		if !ok {
			start = int32(len(s.starts))
			index[name] = start
			s.starts = append(s.starts, Start{Func: name})
		}
		s.gs[i] = gor{rem: none, asked: none, src: int32(i), start: start, next: none}
	}
}

// begin starts main, on the first processor, and the other goroutines that
// nobody starts. Where another goroutine ends the program, as one that calls
// os.Exit does, and is started like any other, the first that nobody starts
// takes main's place at the beginning.
func (s *sim) begin() {
	spawned := make([]bool, len(s.prog.Goroutines))
	for i := range s.prog.Goroutines {
		for j := range s.prog.Goroutines[i].Ops {
			if op := &s.prog.Goroutines[i].Ops[j]; op.Kind == program.Spawn {
				spawned[op.Obj] = true
			}
		}
	}
	first := s.prog.Main
	if root := slices.Index(spawned, false); spawned[first] && root >= 0 {
		first = root
	}
	p := s.firstProc()
	for i := range s.prog.Goroutines {
		if !spawned[i] && i != first {
			s.launch(p, int32(i))
			s.launchWorkers(p, int32(i))
		}
	}
	s.bear(int32(first))
	if s.ideal {
		s.startAlone(int32(first))
		return
	}
	p.debt = 0 // the others were there before, nobody had to call
	s.start(p, int32(first), false)
	s.plan(p, p.until)
}

// event lets the next event happen, and reports whether there was one.
func (s *sim) event() bool {
	at := int64(never)
	if len(s.heap.h) > 0 {
		at = s.heap.h[0].at
	}
	switch {
	case s.gcAt < at && (len(s.delays) == 0 || s.gcAt <= s.delays[0].at):
		s.now = s.gcAt
		s.collect()
	case len(s.delays) > 0 && s.delays[0].at < at:
		s.now = max(s.now, s.delays[0].at)
		s.arrive(s.delays.pop().id)
	case at == never:
		return false
	default:
		s.now = at
		s.advance(s.procs[s.heap.h[0].id])
	}
	return true
}

// horizon is the time of the next event besides that of the processor which
// has the floor. Until then it goes on without the heap.
func (s *sim) horizon() int64 {
	t := min(s.heap.second(), s.gcAt)
	if len(s.delays) > 0 {
		t = min(t, s.delays[0].at)
	}
	return t
}

// plan sets the time of p's next event.
func (s *sim) plan(p *proc, at int64) {
	s.seq++
	s.heap.set(due{at, s.seq, p.id})
}

// op is the operation that g is at.
func (s *sim) op(g *gor) *program.Op {
	return &s.prog.Goroutines[g.src].Ops[g.pc]
}
