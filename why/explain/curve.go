package explain

import (
	"math"
	"slices"
	"time"

	"github.com/trivet-go/trivet/internal/program"
	"github.com/trivet-go/trivet/why/replay"
)

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
	if a.forecastable() && a.r.Span > 0 && a.r.Inflation <= inflated {
		a.r.Limit = a.limit
	}
	for _, n := range at {
		if !a.forecastable() || a.r.Inflation > inflated && n > 2 {
			continue
		}
		p := Point{Cores: n, Predicted: ratio(a.wall(1), a.wall(n)), Seconds: a.wall(n).Seconds(), Work: a.grown(n)}
		if a.impossible(p) {
			a.withheld = append(a.withheld, p)
			continue
		}
		a.r.Speedup = append(a.r.Speedup, p)
	}
	if err := a.compareForecasts(); err != nil {
		return err
	}
	a.markFalls()
	return nil
}

// markFalls marks the columns of recordings of their own that lie below one for
// fewer cores by more than recordings differ anyhow.
func (a *analysis) markFalls() {
	if len(a.told) == 0 {
		return
	}
	best := 0.0
	for i := range a.r.Speedup {
		p := &a.r.Speedup[i]
		p.Falls = p.Predicted < best*(1-max(maxSpread, a.r.Spread))
		best = max(best, p.Predicted)
	}
}

// told is what became of a recording of the program told another number of
// cores: its own time on one core, and on that many.
type told struct{ one, many time.Duration }

// asTold replays, for a program that asks how many cores there are, what it did
// when it was told each of these numbers. How loaded the machine was differs from
// one recording to the next, so that each is compared only with itself. The limit
// is that of the recording that allows most.
func (a *analysis) asTold(at []int) error {
	a.told, a.limit = nil, 0
	if a.r.Span > 0 {
		a.limit = a.one.Wall.Seconds() / a.r.Span
	}
	if len(a.set.ToldN) == 0 {
		return nil
	}
	a.told = map[int]told{}
	for _, n := range at {
		rec := a.set.ToldN[n]
		if rec == nil {
			continue
		}
		rs, err := a.replaysOfOther(rec.Program,
			replay.Options{Cores: 1}, replay.Options{Cores: n}, replay.Options{Cores: replay.Unlimited, Free: true})
		if err != nil {
			return err
		}
		a.told[n] = told{rs[0].Wall, rs[1].Wall}
		a.limit = max(a.limit, ratio(rs[0].Wall, rs[2].Wall))
	}
	return nil
}

// wall is the forecast running time on n cores, of as much work as the chosen
// recording holds.
func (a *analysis) wall(n int) time.Duration {
	if t, ok := a.told[n]; ok && t.one > 0 {
		return time.Duration(float64(t.many) * ratio(a.one.Wall, t.one))
	}
	return a.plain[n].Wall
}

// grown is how many times as long as told that there is one core the program
// needs on one core when it is told that there are n; 0 if that is about as
// long. Whether it then does more or the machine did, no recording tells.
func (a *analysis) grown(n int) float64 {
	first, ok := a.told[1]
	if !ok {
		first.one = a.one.Wall
	}
	mine, ok := a.told[n]
	if !ok {
		mine.one = a.one.Wall
	}
	if g := ratio(mine.one, first.one); len(a.told) > 0 && math.Abs(g-1) > maxSpread {
		return g
	}
	return 0
}

// impossible tells whether a forecast is more than so many cores, or any number
// of them, can give. That comes of what scheduling costs being taken for less on
// other machines than on this one, or of a recording that does not hold together.
func (a *analysis) impossible(p Point) bool {
	const slack = 1.05
	return p.Predicted > slack*float64(p.Cores) || a.r.Limit > 0 && p.Predicted > slack*a.r.Limit
}

func (a *analysis) withholds(cores int) bool {
	return slices.ContainsFunc(a.withheld, func(p Point) bool { return p.Cores == cores })
}

// compareForecasts replays the recordings that were not chosen, on the cores of
// the chain and on the most that are forecast.
func (a *analysis) compareForecasts() error {
	for _, other := range a.set.Others {
		if other.Recording == nil {
			a.r.Spread = max(a.r.Spread, math.Abs(off(other.Run.Wall, a.set.Run.Wall)))
			continue
		}
		rs, err := a.replaysOfOther(other.Recording.Program,
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
