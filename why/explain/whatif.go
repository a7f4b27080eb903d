package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trivet-go/trivet/internal/program"
	"github.com/trivet-go/trivet/why/replay"
)

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
	if !a.forecastable() || a.withholds(a.o.Cores) {
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
		if _, ok := a.names.frame(l.Stack); l.Kind != replay.Running || !ok {
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
			if !held[id] && ratio(o.Wait, a.at.Wall) < worth || a.names.inActors(obj.Site) {
				continue
			}
			if obj.Actor {
				try("do half as much in "+name, site, replay.Changes{Speed: []replay.Speed{{Factor: 0.5, Holding: []uint32{id}}}})
				try("make 8 actors of "+strings.TrimPrefix(name, "actor "), site, replay.Changes{Shard: map[uint32]int{id: 8}})
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
	if len(a.told) > 0 || a.withholds(2*a.o.Cores) {
		return cs // on more cores it would do otherwise: what that brings is under CORES
	}
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
