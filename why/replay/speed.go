package replay

import (
	"math"
	"slices"

	"github.com/trivet-go/trivet/internal/program"
)

// speeds are Changes.Speed made quick to look up.
type speeds struct {
	byStack []float64      // product of the factors of the rules that need no lock
	holding []speedHolding // the others
}

type speedHolding struct {
	factor float64
	stacks []bool
	locks  []uint32
}

func newSpeeds(p *program.Program, rules []Speed) *speeds {
	if len(rules) == 0 {
		return nil
	}
	sp := &speeds{byStack: make([]float64, len(p.Stacks))}
	for i := range sp.byStack {
		sp.byStack[i] = 1
	}
	for i := range rules {
		stacks := rules[i].fits(p)
		if rules[i].Holding != nil {
			sp.holding = append(sp.holding, speedHolding{rules[i].Factor, stacks, rules[i].Holding})
			continue
		}
		for id := range sp.byStack {
			if stacks[id] {
				sp.byStack[id] *= rules[i].Factor
			}
		}
	}
	return sp
}

// fits tells which stacks the rule is for.
func (r *Speed) fits(p *program.Program) []bool {
	fit := make([]bool, len(p.Stacks))
	for id := range fit {
		fit[id] = r.Stacks == nil
		if r.File != "" {
			f := UserFrame(p.Stacks[id])
			fit[id] = fit[id] && f.File == r.File && (r.Line == 0 || f.Line == r.Line)
		}
	}
	for _, id := range r.Stacks {
		f := UserFrame(p.Stacks[id])
		fit[id] = r.File == "" || f.File == r.File && (r.Line == 0 || f.Line == r.Line)
	}
	return fit
}

// scale is the running time of op.
func (sp *speeds) scale(g *gor, op *program.Op) int64 {
	factor := sp.byStack[op.Stack]
	for i := range sp.holding {
		h := &sp.holding[i]
		if h.stacks[op.Stack] && g.holdsAny(h.locks) {
			factor *= h.factor
		}
	}
	if factor == 1 {
		return int64(op.Run)
	}
	return int64(math.Round(float64(op.Run) * factor))
}

func (g *gor) holdsAny(objs []uint32) bool {
	for _, held := range g.held[:g.nheld] {
		if slices.Contains(objs, held-1) {
			return true
		}
	}
	return false
}

// sooner is the program's collections, each begun when as large a part of the
// changed running time is over.
func (sp *speeds) sooner(p *program.Program) []program.GC {
	if len(p.GCs) == 0 {
		return nil
	}
	var before, after int64
	for i := range p.Goroutines {
		var g gor
		for j := range p.Goroutines[i].Ops {
			op := &p.Goroutines[i].Ops[j]
			before += int64(op.Run)
			after += sp.scale(&g, op)
			switch op.Kind {
			case program.Lock, program.RLock:
				g.hold(op.Obj)
			case program.Unlock, program.RUnlock:
				g.unhold(op.Obj)
			}
		}
	}
	cycles := slices.Clone(p.GCs)
	for i := range cycles {
		cycles[i].At = int64(float64(cycles[i].At) / float64(max(1, before)) * float64(after))
	}
	return cycles
}
