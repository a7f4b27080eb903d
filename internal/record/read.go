package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/exp/trace"

	"github.com/trivet-go/trivet/internal/program"
)

// A trace that cannot be read at all.
var (
	ErrEmpty    = errors.New("the trace is empty")
	ErrNotTrace = errors.New("not a Go execution trace")
	ErrVersion  = errors.New("written by a Go version that this reader does not know")
)

// Read reads a trace to its end, or to the last whole generation of one that
// was cut off. Memory grows by 16 bytes an operation; the events themselves are
// not kept. It returns an error that wraps ErrEmpty, ErrNotTrace or ErrVersion
// when there is nothing to read, and the cause of ctx when that ends first.
func Read(ctx context.Context, in io.Reader) (*Recording, error) {
	counted := &counter{in: in}
	tr, err := trace.NewReader(counted)
	if err != nil {
		return nil, openError(err, counted.n)
	}
	r := newReader()
	for {
		ev, err := tr.ReadEvent()
		if err == io.EOF {
			break
		}
		if err != nil {
			if !r.any {
				return nil, openError(err, counted.n)
			}
			r.rec.Truncated = true
			break
		}
		if r.events&0xffff == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		r.event(&ev)
	}
	if !r.any {
		return nil, ErrEmpty
	}
	r.rec.Bytes = counted.n
	return r.finish()
}

func openError(err error, n int64) error {
	switch {
	case n == 0:
		return ErrEmpty
	case strings.Contains(err.Error(), "unsupported version"), strings.Contains(err.Error(), "unknown or unsupported"):
		return fmt.Errorf("%w: %v", ErrVersion, err)
	case strings.Contains(err.Error(), "header"), strings.Contains(err.Error(), "not a Go execution trace"):
		return ErrNotTrace
	}
	return fmt.Errorf("%w: no whole generation in it: %v", ErrEmpty, err)
}

type counter struct {
	in io.Reader
	n  int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}

// reader turns events into goroutines with operations.
type reader struct {
	rec    *Recording
	stacks *stacks
	objs   *objects

	byID map[trace.GoID]*gor
	gors []*gor // the program's goroutines in order of appearance; gor.index is the place here
	main *gor

	events   int64
	any      bool       // one of them told something
	first    trace.Time // of the window
	last     trace.Time
	mutator  int64 // running time of the program's goroutines so far
	gcs      []program.GC
	inGC     bool
	stwSince map[string]trace.Time
	gcWork   int64
	system   int64
	frozen   bool // the window has ended; a later benchmark call begins a new one
	lastRun  *gor // the goroutine that ran last
	asks     map[uint32]*Ask
}

func newReader() *reader {
	return &reader{
		rec:      &Recording{Tier: Stock, Waits: map[Reason]*Wait{}},
		stacks:   newStacks(),
		objs:     newObjects(),
		byID:     map[trace.GoID]*gor{},
		stwSince: map[string]trace.Time{},
		asks:     map[uint32]*Ask{},
		first:    -1,
	}
}

func (r *reader) event(ev *trace.Event) {
	r.events++
	t := ev.Time()
	if !r.frozen {
		r.last = t
	}
	if r.first < 0 {
		r.first = t
	}
	r.any = r.any || ev.Kind() != trace.EventSync
	switch ev.Kind() {
	case trace.EventSync:
		r.stacks.generation()
		if s := ev.Sync().ClockSnapshot; s != nil && r.rec.Clock.IsZero() {
			r.rec.Clock = s.Wall
		}
	case trace.EventStateTransition:
		if st := ev.StateTransition(); st.Resource.Kind == trace.ResourceGoroutine {
			r.transition(ev, &st)
		}
	case trace.EventLog:
		switch l := ev.Log(); {
		case l.Message == "tv":
			r.rec.Tier = Full
			r.hooked(ev, l.Category, uint64(l.Task))
		case l.Category == actorBegins, l.Category == actorEnds:
			r.actor(ev, l)
		}
	case trace.EventRangeBegin, trace.EventRangeActive:
		r.rangeBegin(t, ev.Range().Name)
	case trace.EventRangeEnd:
		r.rangeEnd(t, ev.Range().Name)
	case trace.EventMetric:
		if m := ev.Metric(); m.Name == "/sched/gomaxprocs:threads" {
			r.rec.Cores = int(m.Value.Uint64())
		}
	}
}

const gcMark = "GC concurrent mark phase"

func (r *reader) rangeBegin(t trace.Time, name string) {
	switch {
	case name == gcMark:
		r.inGC = true
		r.gcs = append(r.gcs, program.GC{At: r.mutator})
	case strings.HasPrefix(name, "stop-the-world"):
		r.stwSince[name] = t
	}
}

func (r *reader) rangeEnd(t trace.Time, name string) {
	switch {
	case name == gcMark:
		r.inGC = false
	case strings.HasPrefix(name, "stop-the-world"):
		if since, ok := r.stwSince[name]; ok && len(r.gcs) > 0 {
			r.gcs[len(r.gcs)-1].STW += int64(t - since)
		}
		delete(r.stwSince, name)
	}
}

// goroutine returns the goroutine of an identity, new if it was not seen yet.
func (r *reader) goroutine(id trace.GoID) *gor {
	g := r.byID[id]
	if g == nil {
		g = &gor{id: id, index: -1, parent: -1, since: r.last, state: trace.GoUndetermined}
		r.byID[id] = g
	}
	return g
}

// named learns the start function of g from a stack that begins in it.
func (r *reader) named(g *gor, st trace.Stack) {
	if g.start != "" || st == trace.NoStack {
		return
	}
	for f := range st.Frames() {
		g.start = f.Func // the outermost frame comes last
	}
	if g.id == mainID {
		g.start = "main.main"
	}
	g.system = strings.HasPrefix(g.start, "runtime.") || strings.HasPrefix(g.start, "runtime/trace.")
	g.gcWork = g.start == "runtime.gcBgMarkWorker"
}

// mainID is the goroutine that runs main.main.
const mainID = 1

// own gives g a place among the program's goroutines.
func (r *reader) own(g *gor) {
	if g.index >= 0 || g.system || r.frozen {
		return
	}
	if g.id == mainID && !r.rec.Bench {
		r.main = g
	}
	g.index = int32(len(r.gors))
	r.gors = append(r.gors, g)
}

func (r *reader) transition(ev *trace.Event, st *trace.StateTransition) {
	from, to := st.Goroutine()
	g := r.goroutine(st.Resource.Goroutine())
	t := ev.Time()
	if from == trace.GoNotExist {
		r.created(ev, g, st)
	} else if from == trace.GoUndetermined {
		r.named(g, st.Stack)
		g.since = t
	}
	r.named(g, st.Stack)
	r.own(g)
	if end := r.stacks.ends[r.stacks.id(st.Stack)]; end != "" && to == trace.GoWaiting && !r.frozen {
		r.close(end == byExit)
		r.frozen = true
	}
	d := r.account(g, t)
	if g.state != to {
		g.entered = t
	}
	g.state = to

	switch {
	case to == trace.GoWaiting && from == trace.GoRunning:
		r.block(g, st)
	case from == trace.GoWaiting && to != trace.GoWaiting:
		r.wakeUp(ev, g, d)
	case from == trace.GoSyscall && to == trace.GoRunnable:
		r.lostSyscall(g, d)
	case to == trace.GoNotExist:
		r.end(g)
	}
	if to == trace.GoRunning && !g.system {
		r.lastRun = g
	}
}

// syscallGrace is how long a system call may take before it counts as time off
// the core, if it lost its processor.
const syscallGrace = 20 * time.Microsecond

// account adds the time since the last transition of g to where it belongs.
func (r *reader) account(g *gor, t trace.Time) int64 {
	if r.frozen {
		g.since = t
		return 0
	}
	d := g.leave(t)
	switch {
	case g.state != trace.GoRunning && g.state != trace.GoSyscall:
	case g.gcWork:
		r.gcWork += d
		if len(r.gcs) > 0 {
			r.gcs[len(r.gcs)-1].Work += d
		}
	case g.system:
		if g.state == trace.GoRunning { // the one that waits for the end of the recording does so in a system call
			r.system += d
		}
	default:
		r.mutator += d
	}
	return d
}

// lostSyscall turns a system call whose processor was taken away from running
// time, as which leave counted it, into time off the core.
func (r *reader) lostSyscall(g *gor, d int64) {
	if d <= int64(syscallGrace) || g.system || r.frozen {
		return
	}
	g.run -= min(d, g.run)
	g.waited.Run -= d
	g.waited.Syscall += d
	r.mutator -= d
	r.wait(OnSyscall, d, false)
	g.addDelay(program.Syscall, d, g.blockAt)
}

func (r *reader) created(ev *trace.Event, g *gor, st *trace.StateTransition) {
	*g = gor{id: g.id, index: -1, parent: -1, since: ev.Time(), state: trace.GoNotExist}
	r.named(g, st.Stack)
	if g.system || r.frozen {
		return
	}
	r.own(g)
	g.site, g.entry = r.stacks.id(ev.Stack()), r.stacks.id(st.Stack)
	if starter(g.start) {
		r.nameBySite(g)
	}
	by := r.byID[ev.Goroutine()]
	if ev.Goroutine() == trace.NoGoroutine || by == nil || by.system || by.index < 0 {
		// Started by the runtime: a timer's function. It begins when the timer fired.
		g.addDelay(program.Sleep, int64(ev.Time()-r.first), g.site)
		return
	}
	r.account(by, ev.Time())
	g.parent = by.index
	by.add(program.Op{Kind: program.Spawn, Obj: uint32(g.index), Stack: g.site})
	if r.rec.Tier == Stock {
		by.joinable = append(by.joinable, g)
	}
}

// starter tells whether goroutines with this start function may do anything:
// it only calls a function that the trace does not name.
func starter(start string) bool {
	return strings.HasPrefix(start, "sync.(*WaitGroup).Go.") || strings.Contains(start, "errgroup.(*Group).") ||
		strings.HasPrefix(start, "testing.(*B).RunParallel.")
}

// nameBySite lets the place of its creation stand for what g does.
func (r *reader) nameBySite(g *gor) {
	g.starter = true
	for _, f := range r.stacks.all[g.site] {
		if !plumbing(f.Func) {
			g.start = fmt.Sprintf("%s:%d", f.Func, f.Line)
			g.entry = g.site
			return
		}
	}
}

// plumbing tells whether a function is of those that start and join goroutines.
func plumbing(fn string) bool {
	return strings.HasPrefix(fn, "sync.") || strings.HasPrefix(fn, "runtime.") || strings.Contains(fn, "errgroup.(*Group).") ||
		strings.HasPrefix(fn, "testing.(*B).RunParallel")
}

// onlyStarter tells whether a stack has no function of the program's own: its
// goroutine is then at the end of what a starter called, and the place where it
// was started tells more.
func (r *reader) onlyStarter(stack uint32) bool {
	return !slices.ContainsFunc(r.stacks.all[stack], func(f program.Frame) bool { return !plumbing(f.Func) })
}

func (r *reader) end(g *gor) {
	delete(r.byID, g.id)
	if g.system || r.frozen || g.over {
		return
	}
	g.last(program.End)
}

// block notes why a running goroutine stops.
func (r *reader) block(g *gor, st *trace.StateTransition) {
	g.blockAt = r.stacks.id(st.Stack)
	g.blocked = r.reason(st.Reason, g.blockAt)
}

// hookedWait tells whether the operation that ends a wait for this reason
// leaves an event of its own.
func (r *reader) hookedWait(why Reason) bool {
	if r.rec.Tier == Stock {
		return false
	}
	return why == OnLock || why == OnChannel || why == OnSelect || why == OnJoin
}

// wakeUp decides what the wait that ends now was.
func (r *reader) wakeUp(ev *trace.Event, g *gor, d int64) {
	why := g.blocked
	g.blocked, g.timer = "", false
	if g.system || r.frozen || g.over {
		return
	}
	if why == OnGC {
		r.wait(why, d, false)
		return
	}
	by := r.byID[ev.Goroutine()]
	alone := ev.Goroutine() == trace.NoGoroutine || by == nil || by.system || by == g
	switch {
	case why == OnSleep:
		r.wait(why, d, false)
		if !g.sleeping {
			g.addDelay(program.Sleep, d, g.blockAt)
		}
		g.sleeping = false
	case why == OnNetwork:
		r.wait(why, d, true)
		g.addDelay(program.IO, d, g.blockAt)
	case alone && (why == OnChannel || why == OnSelect):
		r.wait(OnTimer, d, true)
		g.addDelay(program.Sleep, d, g.blockAt)
		g.timer = true
	case r.hookedWait(why):
		r.wait(why, d, false)
	case alone:
		r.wait(why, d, true)
		g.addDelay(program.IO, d, g.blockAt)
	case why == OnJoin:
		r.wait(why, d, false)
		r.joinChildren(g, by)
	default:
		r.wait(why, d, true)
		r.account(by, ev.Time())
		id := r.objs.event()
		by.add(program.Op{Kind: program.Signal, Obj: id, Stack: r.stacks.id(ev.Stack())})
		g.add(program.Op{Kind: program.Wait, Obj: id, Stack: g.blockAt})
	}
}

// joinChildren lets g wait for each child since the last join that has ended,
// and for the one that woke it and is about to. Only the stock tier needs this
// guess: it does not see who calls Done.
func (r *reader) joinChildren(g, by *gor) {
	for _, c := range g.joinable {
		if !c.over && c != by {
			continue
		}
		id := r.objs.event()
		signal := program.Op{Kind: program.Signal, Obj: id}
		if c.over {
			end := len(c.ops) - 1
			signal.Run, signal.Stack = c.ops[end].Run, c.ops[end].Stack
			c.ops = append(c.ops[:end], signal, program.Op{Kind: program.End, Stack: c.entry})
		} else {
			c.add(signal)
		}
		g.add(program.Op{Kind: program.Wait, Obj: id, Stack: g.blockAt})
	}
	g.joinable = g.joinable[:0]
}

func (r *reader) wait(why Reason, ns int64, unhooked bool) {
	w := r.rec.Waits[why]
	if w == nil {
		w = &Wait{}
		r.rec.Waits[why] = w
	}
	w.Count++
	w.Time += time.Duration(ns)
	if unhooked {
		w.Unhooked++
	}
}

// reason refines the trace's word for a wait by the stack it happened at.
func (r *reader) reason(word string, stack uint32) Reason {
	switch word {
	case "chan send", "chan receive":
		return OnChannel
	case "select":
		return OnSelect
	case "sync.(*Cond).Wait":
		return OnCond
	case "sleep":
		return OnSleep
	case "network":
		return OnNetwork
	case "forever":
		return OnForever
	case "GC mark assist wait for work", "GC background sweeper wait", "wait until GC ends",
		"GC weak to strong wait", "preempted", "wait for debug call":
		return OnGC
	case "sync":
		return r.syncReason(stack)
	}
	return OnOther
}

// syncReason tells the users of the runtime's semaphores apart.
func (r *reader) syncReason(stack uint32) Reason {
	for _, f := range r.stacks.all[stack] {
		switch {
		case strings.HasPrefix(f.Func, "sync.(*WaitGroup)."):
			return OnJoin
		case strings.HasPrefix(f.Func, "sync.(*Mutex)."), strings.HasPrefix(f.Func, "sync.(*RWMutex)."),
			strings.HasPrefix(f.Func, "internal/sync.(*Mutex)."):
			return OnLock
		}
	}
	return OnOther
}
