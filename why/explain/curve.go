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
		rs, err := a.replaysOfOther(rec.Program, replay.Options{Cores: n}, replay.Options{Cores: replay.Unlimited, Free: true})
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
