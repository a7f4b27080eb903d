package explain

import (
	"github.com/trivet-go/trivet/why/law"
	"github.com/trivet-go/trivet/why/replay"
)

// laws fits the replayed curve. A law that the curve does not carry is left
// out.
func (a *analysis) laws() error {
	points := a.points(a.set.Size)
	amdahl, err := law.FitAmdahl(points)
	if err != nil {
		return a.scaled(points)
	}
	a.r.Laws = &Laws{AmdahlSerial: amdahl.Serial}
	usl, uslErr := law.FitUSL(points)
	if uslErr == nil {
		a.r.Laws.USL = &USL{Contention: usl.Contention, Coherence: usl.Coherence}
		if peak, ok := usl.Peak(); ok {
			a.r.Laws.USL.Peak = float64(peak)
		}
	}
	for i := range a.r.Speedup {
		p := &a.r.Speedup[i]
		p.Amdahl = amdahl.Speedup(p.Cores)
		if uslErr == nil {
			p.USL = usl.Speedup(p.Cores)
		}
	}
	return a.scaled(points)
}

// points are the replayed times that may be shown; of a benchmark, those of one
// iteration.
func (a *analysis) points(size float64) []law.Point {
	each := float64(max(1, a.set.Iters))
	points := []law.Point{{Cores: 1, Seconds: a.wall(1).Seconds() / each, Size: size}}
	for _, p := range a.r.Speedup {
		if p.Cores > 1 {
			points = append(points, law.Point{Cores: p.Cores, Seconds: p.Seconds / each, Size: size})
		}
	}
	return points
}

// scaled fits Gustafson's law, which needs the same problem in several sizes:
// from one size it would only give Amdahl's another name.
func (a *analysis) scaled(points []law.Point) error {
	if len(a.set.Sizes) == 0 || len(points) < 2 {
		return nil
	}
	var options []replay.Options
	for _, p := range points {
		options = append(options, replay.Options{Cores: p.Cores})
	}
	for _, sized := range a.set.Sizes {
		rs, err := a.replaysOfOther(sized.Recording.Program, options...)
		if err != nil {
			return err
		}
		for _, r := range rs {
			points = append(points, law.Point{Cores: r.Cores, Seconds: r.Wall.Seconds() / float64(sized.Iters), Size: sized.Size})
		}
	}
	fit, err := law.FitGustafson(points)
	if err != nil {
		return nil
	}
	if a.r.Laws == nil {
		a.r.Laws = &Laws{}
	}
	a.r.Laws.GustafsonSerial = &fit.Serial
	return nil
}
