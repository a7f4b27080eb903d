package explain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/trivet-go/trivet/internal/program"
	"github.com/trivet-go/trivet/internal/record"
	"github.com/trivet-go/trivet/why"
	"github.com/trivet-go/trivet/why/replay"
)

// Options say what to forecast.
type Options struct {
	At    []int // core counts of the speed-up table
	Cores int   // core count of the chain and the what-ifs; added to At if missing

	// Window allows a forecast for a program that did not end by itself. Closed:
	// the next piece of work comes when the last one is done, after as long a
	// pause as in the recording. Open: work comes when it comes, and no number of
	// cores makes it come faster; what is forecast is how much more could come.
	Window Window

	// Costs are what scheduling costs on this machine, and are used up to its
	// number of cores, Own. A machine with more is another one: beyond, and for
	// zero fields, the defaults of replay.Costs are used.
	Costs replay.Costs
	Own   int
}

// Window tells how to read a recording that is a part of a longer run.
type Window string

const (
	NoWindow Window = ""
	Closed   Window = "closed"
	Open     Window = "open"
)

// Explain makes the report of a set of recordings.
func Explain(ctx context.Context, set *record.Set, o Options) (*Report, error) {
	a := &analysis{
		ctx: ctx, set: set, rec: set.Best, p: set.Best.Program, o: o,
		plain: map[int]*replay.Result{},
		names: newNames(set.Best.Program, ownStd(set)),
		r: &Report{
			Target: set.Label, Tier: string(set.Tier), ChainAt: o.Cores,
			Speedup: []Point{}, Chain: []Link{}, WhatIf: []WhatIf{}, Locks: []Lock{}, Channels: []Channel{},
			Kinds: []Kind{}, Findings: []why.Finding{}, Flags: []Flag{}, Unseen: []string{}, Runs: []Run{},
		},
	}
	a.recorded()
	a.atomics = a.names.atomicDecisions()
	a.shared = len(a.atomics) > 0
	err := a.forecast()
	var stuck *replay.StuckError
	if errors.As(err, &stuck) {
		a.withdraw(stuck)
	} else if err != nil {
		return nil, err
	}
	a.doubts()
	a.findings()
	return a.r, nil
}

// forecast does all that needs a replay.
func (a *analysis) forecast() error {
	if err := a.check(); err != nil {
		return err
	}
	if a.o.Window == Open {
		a.p, a.plain = withoutDelays(a.p), map[int]*replay.Result{}
		if err := a.onCores(1); err != nil {
			return err
		}
		a.one = a.plain[1]
	}
	for _, step := range []func() error{a.spans, a.curve, a.chain, a.whatIf, a.laws} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// withdraw takes back all forecasts: one replay got stuck, so the program as
// recorded does not hold together on other numbers of cores.
func (a *analysis) withdraw(stuck *replay.StuckError) {
	r := a.r
	r.Speedup, r.Chain, r.WhatIf = r.Speedup[:0], r.Chain[:0], r.WhatIf[:0]
	r.Limit, r.Laws, a.at = 0, nil, nil
	text := "no forecast: the replay got stuck, since something that the recording does not hold decides"
	if len(stuck.Waiting) > 0 {
		text += ". First " + stuck.Waiting[0].String()
	}
	r.Flags = append(r.Flags, Flag{"stuck-replay", text})
}

func ownStd(set *record.Set) string {
	if set.Package.Standard {
		return set.Package.ImportPath
	}
	return ""
}

// analysis is a report in the making.
type analysis struct {
	ctx   context.Context
	set   *record.Set
	rec   *record.Recording
	p     *program.Program
	o     Options
	names *names
	r     *Report

	plain   map[int]*replay.Result // replays of the unchanged program, by cores
	one     *replay.Result         // on one core
	at      *replay.Result         // on o.Cores
	objects []replay.Object        // of at, by Program.Objects index

	staff     map[uint32][]int // see crews
	channels  map[uint32]*use  // see uses
	slack     slack
	atomics   []string              // see atomicDecisions
	shared    bool                  // atomics share the work out among the goroutines
	told      map[int]time.Duration // see asTold
	limitSpan float64               // seconds: the span that the limit follows from
	weights   []float64             // of r.Findings, while they are gathered
}

// recorded copies what needs no replay.
func (a *analysis) recorded() {
	r, rec := a.r, a.rec
	r.Work, r.Wall = rec.Work.Seconds(), rec.Wall.Seconds()
	r.Truncated, r.LostEvents = rec.Truncated, rec.Truncated
	r.Events, r.Operations, r.Bytes = rec.Events, rec.Ops, rec.Bytes
	r.EventCost, r.Cost = rec.EventCost.Seconds(), (rec.Wall - rec.Undisturbed()).Seconds()
	r.Costs = costsOf(a.o.Costs)
	r.Window = string(a.o.Window)
	r.Stopped, r.Fallback, r.Iterations = a.set.Stop, a.set.Fallback, a.set.Iters
	r.Preempted = disturbance(a.set.Run, rec)
	r.RecordedCores = []int{rec.Cores}
	for _, m := range a.set.More {
		r.RecordedCores = append(r.RecordedCores, m.Recording.Cores)
	}
	for _, run := range a.set.Runs {
		r.Runs = append(r.Runs, Run{
			Cores: run.Cores, Seconds: run.Wall.Seconds(), Preempted: run.Disturbance(),
			Switches: run.Switches, Chosen: run.File == a.set.Run.File,
		})
	}
	for _, ask := range a.set.AsksItself() {
		r.Asked = append(r.Asked, Ask{Where: a.names.where(ask.Stack), Count: ask.Count})
		r.Told = ask.Told
	}
	r.ToldSame = a.set.ToldSame
	a.waits()
	a.kinds()
}

// costsOf are the costs with the defaults filled in.
func costsOf(c replay.Costs) Costs {
	return Costs{
		Wake:   cmp.Or(c.Wake, replay.DefaultWake).Seconds(),
		Call:   cmp.Or(c.Call, replay.DefaultCall).Seconds(),
		Switch: cmp.Or(c.Switch, replay.DefaultSwitch).Seconds(),
	}
}

func (a *analysis) waits() {
	var w program.Waited
	for _, g := range a.p.Goroutines {
		if g.Waited.Run == 0 {
			continue // it only waited, like package testing for its benchmark
		}
		w.Run += g.Waited.Run
		w.Ready += g.Waited.Ready
		w.Lock += g.Waited.Lock
		w.Chan += g.Waited.Chan
		w.Join += g.Waited.Join
		w.Sleep += g.Waited.Sleep
		w.IO += g.Waited.IO
		w.Syscall += g.Waited.Syscall
		w.Other += g.Waited.Other
	}
	sec := func(ns int64) float64 { return time.Duration(ns).Seconds() }
	a.r.Waiting = Waiting{
		Ready: sec(w.Ready), Lock: sec(w.Lock), Chan: sec(w.Chan), Join: sec(w.Join),
		Sleep: sec(w.Sleep), IO: sec(w.IO), Syscall: sec(w.Syscall), Other: sec(w.Other),
	}
	if a.r.Wall > 0 {
		a.r.Parallelism = a.r.Work / a.rec.Undisturbed().Seconds()
		a.r.Concurrency = a.r.Parallelism + sec(w.Ready+w.Sleep+w.IO+w.Syscall)/a.r.Wall
	}
}

func (a *analysis) kinds() {
	at := map[string]int{}
	for _, g := range a.p.Goroutines {
		i, ok := at[g.Start]
		if !ok {
			i = len(a.r.Kinds)
			at[g.Start] = i
			a.r.Kinds = append(a.r.Kinds, Kind{Func: function(g.Start)})
		}
		k, run := &a.r.Kinds[i], time.Duration(g.Waited.Run).Seconds()
		k.Count++
		k.Run += run
		k.Max = max(k.Max, run)
	}
	slices.SortStableFunc(a.r.Kinds, func(x, y Kind) int { return -compare(x.Run, y.Run) })
	a.r.Kinds = slices.DeleteFunc(a.r.Kinds, func(k Kind) bool { return k.Run < 0.001*a.r.Work })
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// replays runs several replays, at most two at a time: each may need as much
// memory as the program itself.
func (a *analysis) replays(options ...replay.Options) ([]*replay.Result, error) {
	return a.replaysOf(a.p, options...)
}

func (a *analysis) replaysOf(p *program.Program, options ...replay.Options) ([]*replay.Result, error) {
	results, errs := make([]*replay.Result, len(options)), make([]error, len(options))
	tokens := make(chan struct{}, min(2, runtime.GOMAXPROCS(0)))
	var wg sync.WaitGroup
	for i, o := range options {
		tokens <- struct{}{}
		wg.Go(func() {
			defer func() { <-tokens }()
			if o.Cores <= a.o.Own {
				o.Costs = a.o.Costs
			}
			results[i], errs[i] = replay.Run(a.ctx, p, o)
		})
	}
	wg.Wait()
	return results, errors.Join(errs...)
}

// onCores replays the program as it is on each of these numbers of cores, and
// remembers the results.
func (a *analysis) onCores(cores ...int) error {
	var missing []replay.Options
	for _, n := range cores {
		if a.plain[n] == nil {
			missing = append(missing, replay.Options{Cores: n})
		}
	}
	rs, err := a.replays(missing...)
	for i, r := range rs {
		if r != nil {
			a.plain[missing[i].Cores] = r
		}
	}
	return err
}

// check replays the recorded number of cores, and compares with the recording.
func (a *analysis) check() error {
	if err := a.onCores(a.rec.Cores, 1, 2); err != nil {
		return err
	}
	a.one = a.plain[1]
	if a.rec.Ended && a.set.Stop == "" {
		a.r.SelfCheck = off(a.plain[a.rec.Cores].Wall, a.rec.Undisturbed())
	}
	a.compareWithTwo()
	return nil
}

// maxStolen is the share of a run that the operating system may give to others
// before comparing two core counts makes no sense: what it takes from a thread
// looks like running, and can only be taken off roughly.
const maxStolen = 0.15

// stolen is how much core time of a recording's window went to other programs
// although a thread was ready: what the kernel tells, sampled, or what ran by
// the trace beyond the processor time that the process got, whichever is more.
func stolen(run record.Run, rec *record.Recording) time.Duration {
	s := run.Stolen(rec.Wall)
	if run.CPU > 0 && !rec.Bench { // a benchmark's window is only a part of the process
		s = max(s, rec.Work+rec.Removed+rec.GCWork+rec.System-run.CPU)
	}
	return s
}

func disturbance(run record.Run, rec *record.Recording) float64 {
	return min(1, ratio(stolen(run, rec), rec.Wall*time.Duration(max(1, rec.Cores))))
}

// tooShort is the running time below which a program tells little.
const tooShort = 20 * time.Millisecond

// compareWithTwo compares work and wall time with the recording on two cores,
// if that was not disturbed too much.
func (a *analysis) compareWithTwo() {
	m, ok := a.onTwo()
	if !ok || !a.rec.Ended || a.set.Stop != "" {
		return // what was stopped after a time did as much as it could, not the same
	}
	one, two := a.rec, m.Recording
	if one.Work < tooShort {
		return // what starting up costs would decide
	}
	stolen1, stolen2 := stolen(a.set.Run, one), stolen(m.Run, two)
	disturbed := disturbance(m.Run, two) > maxStolen || a.r.Preempted > maxStolen
	if disturbed {
		return
	}
	a.r.Inflation = ratio(two.Work-stolen2, one.Work-stolen1)
	a.r.CrossCheck = off(a.plain[2].Wall, two.Undisturbed()-stolen2/2)
}

// onTwo returns the recording on two cores, if there is one.
func (a *analysis) onTwo() (record.Recorded, bool) {
	for _, m := range a.set.More {
		if m.Recording.Cores == 2 && a.rec.Cores == 1 {
			return m, true
		}
	}
	return record.Recorded{}, false
}

// off is how far a forecast lies from a measurement, as a share of it.
func off(predicted, measured time.Duration) float64 {
	return ratio(predicted-measured, measured)
}

func ratio(a, b time.Duration) float64 {
	if b <= 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func (a *analysis) spans() error {
	rs, err := a.replays(
		replay.Options{Cores: replay.Unlimited, Free: true},
		replay.Options{Cores: replay.Unlimited, Free: true, Changes: replay.Changes{NoLocks: true}},
		replay.Options{Cores: replay.Unlimited},
	)
	if err != nil {
		return err
	}
	a.r.Span, a.r.SpanUnlocked, a.r.SpanBurdened = rs[0].Wall.Seconds(), rs[1].Wall.Seconds(), rs[2].Wall.Seconds()
	return nil
}

// inflated is the work inflation above which forecasts for more cores than
// were recorded are withheld.
const inflated = 1.25

// forecastable tells whether S(N) is defined at all, and why not.
func (a *analysis) forecastable() bool {
	return a.rec.Ended && a.set.Stop == "" || a.o.Window != NoWindow
}

// withoutDelays is the program as if all its work had come at once: no waits
// for time, files or network.
func withoutDelays(p *program.Program) *program.Program {
	q := *p
	q.Goroutines = slices.Clone(p.Goroutines)
	for i := range q.Goroutines {
		ops := slices.Clone(q.Goroutines[i].Ops)
		for j, op := range ops {
			if op.Kind == program.Sleep || op.Kind == program.IO {
				ops[j] = program.Op{Run: op.Run, Stack: op.Stack, Kind: program.Nop}
			}
		}
		q.Goroutines[i].Ops = ops
	}
	return &q
}

// curve forecasts each wished number of cores.
func (a *analysis) curve() error {
	at := slices.Clone(a.o.At)
	if !slices.Contains(at, a.o.Cores) {
		at = append(at, a.o.Cores)
	}
	slices.Sort(at)
	at = slices.Compact(at)
	if err := a.onCores(at...); err != nil {
		return err
	}
	a.at = a.plain[a.o.Cores]
	if err := a.asTold(at); err != nil {
		return err
	}
	for _, n := range at {
		if !a.forecastable() || a.r.Inflation > inflated && n > 2 {
			continue
		}
		a.r.Speedup = append(a.r.Speedup, Point{Cores: n, Predicted: ratio(a.wall(1), a.wall(n)), Seconds: a.wall(n).Seconds()})
	}
	if a.forecastable() && a.r.Span > 0 && a.r.Inflation <= inflated {
		a.r.Limit = a.wall(1).Seconds() / a.limitSpan
	}
	return a.compareForecasts()
}

// asTold replays, for a program that asks how many cores there are, what it did
// when it was told each of these numbers. The limit is that of the least span.
func (a *analysis) asTold(at []int) error {
	a.limitSpan = a.r.Span
	if len(a.set.ToldN) == 0 {
		return nil
	}
	a.told = map[int]time.Duration{}
	for _, n := range at {
		rec := a.set.ToldN[n]
		if rec == nil {
			continue
		}
		rs, err := a.replaysOf(rec.Program, replay.Options{Cores: n}, replay.Options{Cores: replay.Unlimited, Free: true})
		if err != nil {
			return err
		}
		a.told[n] = rs[0].Wall
		a.limitSpan = min(a.limitSpan, rs[1].Wall.Seconds())
	}
	return nil
}

// wall is the forecast running time on n cores.
func (a *analysis) wall(n int) time.Duration {
	if t, ok := a.told[n]; ok {
		return t
	}
	return a.plain[n].Wall
}

// compareForecasts replays the recordings that were not chosen, on the cores of
// the chain and on the most that are forecast.
func (a *analysis) compareForecasts() error {
	for _, other := range a.set.Others {
		if other.Recording == nil {
			a.r.Spread = max(a.r.Spread, math.Abs(off(other.Run.Wall, a.set.Run.Wall)))
			continue
		}
		rs, err := a.replaysOf(other.Recording.Program,
			replay.Options{Cores: 1}, replay.Options{Cores: a.o.Cores}, replay.Options{Cores: a.most()})
		if err != nil {
			return err
		}
		for _, r := range rs[1:] {
			mine := ratio(a.one.Wall, a.plain[r.Cores].Wall)
			a.r.Spread = max(a.r.Spread, math.Abs(ratio(rs[0].Wall, r.Wall)/mine-1))
		}
	}
	return nil
}

// most is the largest number of cores that is forecast.
func (a *analysis) most() int { return max(a.o.Cores, slices.Max(append(slices.Clone(a.o.At), 1))) }

// chain copies the critical path and what happened at objects, at o.Cores.
func (a *analysis) chain() error {
	r := a.at
	a.objects = make([]replay.Object, len(a.p.Objects))
	for _, o := range r.Objects {
		a.objects[o.Obj] = o
	}
	for _, l := range r.Path {
		link := Link{
			Seconds: l.Time.Seconds(), Share: ratio(l.Time, r.Wall), Kind: l.Kind.String(),
			What: l.Kind.String(), Where: a.names.where(l.Stack),
		}
		if l.Kind == replay.Running {
			link.What = a.running(l)
		}
		a.r.Chain = append(a.r.Chain, link)
	}
	for _, o := range r.Objects {
		a.object(o.Obj, o)
	}
	slices.SortStableFunc(a.r.Locks, func(x, y Lock) int { return -compare(x.Wait+x.Hold, y.Wait+y.Hold) })
	slices.SortStableFunc(a.r.Channels, func(x, y Channel) int { return -compare(x.Full+x.Empty, y.Full+y.Empty) })
	a.r.Locks = a.r.Locks[:min(20, len(a.r.Locks))]
	a.r.Channels = a.r.Channels[:min(20, len(a.r.Channels))]
	s := r.Sched
	a.r.Sched = Sched{Steals: s.Steals, Stolen: s.Stolen, RunNext: s.RunNext, Global: s.Global, Wakes: s.Wakeups, Slices: s.Preemptions}
	return nil
}

// running tells what a stretch of running was about.
func (a *analysis) running(l replay.Link) string {
	if l.Holding >= 0 {
		return "holding " + a.names.object(uint32(l.Holding))
	}
	if f, ok := a.names.frame(l.Stack); ok {
		return "running " + function(f.Func)
	}
	return "running"
}

func (a *analysis) object(id uint32, o replay.Object) {
	if o.Ops == 0 {
		return
	}
	site := a.names.where(a.p.Objects[id].Site)
	switch a.p.Objects[id].Class {
	case program.Mutex, program.RWMutex:
		a.r.Locks = append(a.r.Locks, Lock{
			Name: a.names.object(id), Site: site, Count: o.Ops,
			Hold: (o.Hold + o.ReadHold).Seconds(), Wait: o.Wait.Seconds(),
		})
	case program.Channel:
		a.r.Channels = append(a.r.Channels, Channel{
			Name: a.names.object(id), Site: site, Cap: int(a.p.Objects[id].Cap), Count: o.Ops,
			Full: o.Full.Seconds(), Empty: o.Empty.Seconds(),
		})
	}
}

// slack is the channel to which a larger buffer brings most, and the wall time
// with it.
type slack struct {
	channel int // object, or -1
	after   time.Duration
}

// candidate is a change worth a replay.
type candidate struct {
	what, where string
	options     replay.Options
	buffers     int // object that gets a larger buffer, or -1
}

// whatIf replays the changes that could help, and ranks them by what they
// save.
func (a *analysis) whatIf() error {
	if !a.forecastable() {
		a.slack.channel = -1
		return nil
	}
	cs := a.candidates()
	options := make([]replay.Options, len(cs))
	for i, c := range cs {
		options[i] = c.options
	}
	rs, err := a.replays(options...)
	if err != nil {
		return err
	}
	before := a.at.Wall.Seconds()
	a.slack = slack{-1, a.at.Wall}
	for i, c := range cs {
		if c.buffers >= 0 && rs[i].Wall < a.slack.after {
			a.slack = slack{c.buffers, rs[i].Wall}
		}
		if after := rs[i].Wall.Seconds(); after < 0.99*before || c.options.Cores != a.o.Cores {
			a.r.WhatIf = append(a.r.WhatIf, WhatIf{Change: c.what, Where: c.where, Cores: c.options.Cores, Before: before, After: after})
		}
	}
	slices.SortStableFunc(a.r.WhatIf, func(x, y WhatIf) int { return compare(x.After, y.After) })
	return nil
}

// worth is the share of the wall time below which nothing is tried.
const worth = 0.02

func (a *analysis) candidates() []candidate {
	var cs []candidate
	try := func(what, where string, c replay.Changes) {
		buffers := -1
		for ch := range c.Capacity {
			buffers = int(ch)
		}
		cs = append(cs, candidate{what, where, replay.Options{Cores: a.o.Cores, Changes: c}, buffers})
	}
	held := map[uint32]bool{}
	for i, l := range a.at.Path {
		if i == 4 || ratio(l.Time, a.at.Wall) < worth {
			break
		}
		if l.Kind != replay.Running {
			continue
		}
		if l.Holding >= 0 {
			held[uint32(l.Holding)] = true
			continue
		}
		try("do half as much before", a.names.where(l.Stack),
			replay.Changes{Speed: []replay.Speed{{Factor: 0.5, File: l.Where.File, Line: l.Where.Line}}})
	}
	for _, o := range a.at.Objects {
		id := o.Obj
		name, site := a.names.object(id), a.names.where(a.p.Objects[id].Site)
		switch obj := a.p.Objects[id]; {
		case obj.Class == program.Mutex || obj.Class == program.RWMutex:
			if !held[id] && ratio(o.Wait, a.at.Wall) < worth {
				continue
			}
			try("do half as much while holding "+name, site, replay.Changes{Speed: []replay.Speed{{Factor: 0.5, Holding: []uint32{id}}}})
			try("do without "+name, site, replay.Changes{Drop: []uint32{id}})
			try("split "+name+" in 8", site, replay.Changes{Shard: map[uint32]int{id: 8}})
		case obj.Class == program.Channel && ratio(o.Full, a.at.Wall) >= worth:
			if n := len(a.crews()[id]); n > 0 {
				try(fmt.Sprintf("%d workers for %s instead of %d", 2*n, name, n), site, replay.Changes{Workers: map[uint32]int{id: n}})
			}
			if obj.Cap > 0 {
				try(fmt.Sprintf("give %s room for %d instead of %d", name, 2*obj.Cap, obj.Cap), site, replay.Changes{Capacity: map[uint32]int{id: int(2 * obj.Cap)}})
			} else {
				try("buffer 64 values in "+name, site, replay.Changes{Capacity: map[uint32]int{id: 64}})
			}
		}
	}
	cs = cs[:min(len(cs), a.affordable())]
	return append(cs, candidate{fmt.Sprintf("rent %d cores instead of %d", 2*a.o.Cores, a.o.Cores), "", replay.Options{Cores: 2 * a.o.Cores}, -1})
}

// affordable is how many changes are replayed. A replay takes about a tenth of a
// microsecond an operation, and a program may have very many locks.
func (a *analysis) affordable() int {
	const most, least, ops = 24, 3, 20e6
	return max(least, min(most, int(ops/float64(a.rec.Ops+1))))
}

// crews returns the goroutines that take items from each dealt channel.
func (a *analysis) crews() map[uint32][]int {
	if a.staff != nil {
		return a.staff
	}
	a.staff = map[uint32][]int{}
	dealt := map[uint32]bool{}
	for _, ch := range a.p.Dealt {
		dealt[ch] = true
	}
	for i, g := range a.p.Goroutines {
		for _, op := range g.Ops {
			takes := op.Kind == program.RecvClosed || op.Kind == program.Recv && op.Flags&program.Item != 0
			if !takes || !dealt[op.Obj] {
				continue
			}
			if crew := a.staff[op.Obj]; len(crew) == 0 || crew[len(crew)-1] != i {
				a.staff[op.Obj] = append(crew, i)
			}
		}
	}
	return a.staff
}
