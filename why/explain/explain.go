package explain

import (
	"cmp"
	"context"
	"errors"
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

	// What handing work over costs on the machine of the recording; 0 = a usual
	// value.
	Start   time.Duration // starting and ending a goroutine
	Message time.Duration // sending a value to another goroutine

	Source *Source // nil = there is none
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
		ctx: ctx, set: set, rec: set.Best, p: set.Best.Program, sim: set.Best.Program, o: o,
		plain: map[int]*replay.Result{},
		names: newNames(set.Best.Program, ownStd(set)),
		r: &Report{
			Target: set.Label, Tier: string(set.Tier), ChainAt: o.Cores,
			Speedup: []Point{}, Chain: []Link{}, WhatIf: []WhatIf{}, Locks: []Lock{}, Channels: []Channel{},
			Kinds: []Kind{}, Findings: []why.Finding{}, Flags: []Flag{}, Unseen: []string{}, Runs: []Run{},
			Layers: []Standing{}, Review: []Question{},
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
	a.layers()
	a.review()
	return a.r, nil
}

// forecast does all that needs a replay. Where a replay gets stuck, the channels
// at which it did keep the order of the recording, in another try.
func (a *analysis) forecast() error {
	for try := 1; ; try++ {
		err := a.tryForecast()
		var stuck *replay.StuckError
		if errors.As(err, &stuck) && a.letActorsOverlap() {
			a.forget()
			continue
		}
		if !errors.As(err, &stuck) || !a.pin(stuck, try > maxTries) {
			return err
		}
		a.forget()
	}
}

func (a *analysis) tryForecast() error {
	if err := a.check(); err != nil {
		return err
	}
	if a.o.Window == Open {
		a.p, a.plain = withoutDelays(a.p), map[int]*replay.Result{}
		a.sim, _ = a.p.Pinned(a.pinned)
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

// pin gives the channels at which a replay of the program got stuck the order of
// the recording. It reports whether there were any that had it not already.
func (a *analysis) pin(stuck *replay.StuckError, all bool) bool {
	n := len(a.pinned)
	a.sim, a.pinned = pinned(a.p, a.pinned, stuck, all)
	return len(a.pinned) > n
}

// forget takes back what a forecast has found.
func (a *analysis) forget() {
	r := a.r
	r.Speedup, r.Chain, r.WhatIf = r.Speedup[:0], r.Chain[:0], r.WhatIf[:0]
	r.Limit, r.Laws = 0, nil
	a.plain, a.one, a.at, a.objects = map[int]*replay.Result{}, nil, nil, nil
	a.staff, a.channels, a.withheld = nil, nil, nil
}

// withdraw takes back all forecasts: one replay got stuck, so the program as
// recorded does not hold together on other numbers of cores.
func (a *analysis) withdraw(stuck *replay.StuckError) {
	one := a.one
	a.forget()
	a.one = one
	r := a.r
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

	sim     *program.Program       // p as it is replayed
	overlap bool                   // turns of one actor may overlap in it: see letActorsOverlap
	pinned  []uint32               // channels that keep the order of the recording in it
	plain   map[int]*replay.Result // replays of the unchanged program, by cores
	one     *replay.Result         // on one core
	at      *replay.Result         // on o.Cores
	objects []replay.Object        // of at, by Program.Objects index

	staff    map[uint32][]int // see crews
	channels map[uint32]*use  // see uses
	slack    slack
	atomics  []string        // see atomicDecisions
	shared   bool            // atomics share the work out among the goroutines
	told     map[int]told    // see asTold
	limit    float64         // the speed-up that no number of cores exceeds
	withheld []Point         // see impossible
	weights  []float64       // of r.Findings, while they are gathered
	ran      []int64         // see runs
	places   map[string]bool // see passed
	joined   []joined        // by index of Options.Source.Patterns
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
	r.ToldSame, r.ToldRuns = a.set.ToldSame, a.set.ToldRuns
	a.waits()
	a.kinds()
	a.deadlock()
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

// replays runs several replays of the program.
func (a *analysis) replays(options ...replay.Options) ([]*replay.Result, error) {
	return a.replaysOf(a.sim, options...)
}

// replaysOfOther is replays of another recording.
func (a *analysis) replaysOfOther(p *program.Program, options ...replay.Options) ([]*replay.Result, error) {
	sim, keep := p, []uint32(nil)
	for try := 1; ; try++ {
		rs, err := a.replaysOf(sim, options...)
		var stuck *replay.StuckError
		if !errors.As(err, &stuck) {
			return rs, err
		}
		if free := withoutActors(p); free != p {
			p, sim = free, free
			continue
		}
		n := len(keep)
		if sim, keep = pinned(p, keep, stuck, try > maxTries); len(keep) == n {
			return rs, err
		}
	}
}

// replaysOf runs several replays, at most two at a time: each may need as much
// memory as the program itself.
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
