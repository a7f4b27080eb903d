package lockinstage

import (
	"go/token"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
	"github.com/trivet-go/trivet/why/review/internal/channels"
	"github.com/trivet-go/trivet/why/review/internal/locks"
	"github.com/trivet-go/trivet/why/review/internal/rule"
	"github.com/trivet-go/trivet/why/review/internal/source"
	"github.com/trivet-go/trivet/why/review/internal/starts"
)

var Rule = rule.Rule{
	Name:     "lock-in-stage",
	Question: rule.Layers,
	Demon:    "race",
	Title:    "Two stages of a pipeline share state under a lock",
	Why:      "which stage comes first is left to chance, and each waits for the other at the lock",
	Try:      "send what the next stage needs with the value, and let each stage own its state",
	Sure:     "high that both use it; whether the order matters, the code does not tell",
	Analyzer: Analyzer,
}

var Analyzer = rule.Analyzer("lock-in-stage", run, locks.Analyzer)

func run(pass *analysis.Pass) error {
	known := pass.ResultOf[locks.Analyzer].(*locks.Package)
	for _, fn := range known.Funcs {
		for _, pair := range append(joined(fn), steps(fn)...) {
			check(pass, known, pair)
		}
	}
	return nil
}

// stages are two functions, the first of which gives the second its values.
type stages struct {
	first, second *ssa.Function
	join          token.Pos
}

// joined lists the goroutines of fn that are joined by a channel that fn makes.
func joined(fn *ssa.Function) (pairs []stages) {
	started := map[*ssa.Function]bool{}
	for _, start := range starts.In(fn) {
		if start.Fn != nil && start.Fn.Parent() == fn {
			started[start.Fn] = true
		}
	}
	if len(started) < 2 {
		return nil
	}
	seen := map[[2]*ssa.Function]bool{}
	for _, block := range fn.Blocks {
		for _, instr := range block.Instrs {
			made, ok := instr.(*ssa.MakeChan)
			if !ok {
				continue
			}
			ops, all := channels.Local(made)
			if !all {
				continue
			}
			for _, send := range ops {
				for _, receive := range ops {
					pair := [2]*ssa.Function{send.Fn(), receive.Fn()}
					if send.Kind == channels.Send && receive.Kind == channels.Receive &&
						pair[0] != pair[1] && started[pair[0]] && started[pair[1]] && !seen[pair] {
						seen[pair] = true
						pairs = append(pairs, stages{pair[0], pair[1], receive.Pos})
					}
				}
			}
		}
	}
	return pairs
}

const pipeline = "github.com/trivet-go/trivet/flow/pipeline."

// steps lists the literals that fn gives to the stages of pipelines, in pairs.
func steps(fn *ssa.Function) (pairs []stages) {
	var all []*ssa.Function
	var at []token.Pos
	for _, block := range fn.Blocks {
		for _, instr := range block.Instrs {
			call, ok := instr.(*ssa.Call)
			if !ok || !strings.HasPrefix(locks.Called(call.Common()), pipeline) {
				continue
			}
			for _, arg := range call.Call.Args {
				if step := access.Function(arg); step != nil && step.Parent() == fn {
					all, at = append(all, step), append(at, call.Pos())
				}
			}
		}
	}
	for i := range all {
		for j := i + 1; j < len(all); j++ {
			pairs = append(pairs, stages{all[i], all[j], at[j]})
		}
	}
	return pairs
}

// use is one access to state under a lock.
type use struct {
	state access.Path
	lock  access.Path
	write bool
	pos   token.Pos // of the lock
}

func check(pass *analysis.Pass, known *locks.Package, pair stages) {
	for _, a := range uses(known, pair.first) {
		for _, b := range uses(known, pair.second) {
			if overlap(a.state, b.state) && a.lock == b.lock && a.write != b.write {
				rule.Report(pass, b.pos, "two stages share state under "+source.Operand(pass, b.pos, "a lock")+", beside what joins them",
					rule.At(a.pos, "the stage before it takes the lock here"),
					rule.At(pair.join, "the stages are joined here"))
				return
			}
		}
	}
}

// overlap tells whether one path is the other, or leads to a part of it.
func overlap(a, b access.Path) bool {
	return a.Root == b.Root && (strings.HasPrefix(a.Steps, b.Steps) || strings.HasPrefix(b.Steps, a.Steps))
}

// uses lists what fn reads and writes while it holds a lock. What is only added
// to counts as written.
func uses(known *locks.Package, fn *ssa.Function) (all []use) {
	known.Walk(fn, func(instr ssa.Instruction, held locks.Set) {
		state, write, ok := touched(instr)
		if !ok || state.Root == nil || state.Root.Parent() == fn {
			return // its own
		}
		for _, lock := range held {
			all = append(all, use{state, lock.Path, write, lock.Pos})
		}
	})
	return all
}

// touched is the memory that an instruction reads or writes. What it reads only to
// write it again is not counted.
func touched(instr ssa.Instruction) (state access.Path, write, ok bool) {
	state, write, ok = access.Touched(instr)
	if read, isValue := instr.(ssa.Value); ok && !write && isValue {
		load, isLoad := instr.(*ssa.UnOp)
		ok = !onlyAdds(read, state) && !(isLoad && isReference(load))
	}
	return state, write, ok
}

// isReference tells whether a load only leads on to a map, whose own accesses
// are seen.
func isReference(load *ssa.UnOp) bool {
	return strings.HasPrefix(load.Type().Underlying().String(), "map[")
}

// onlyAdds tells whether what is read only serves to write the same again, as in
// n++ and in append.
func onlyAdds(v ssa.Value, state access.Path) bool {
	for _, use := range *v.Referrers() {
		result, ok := use.(ssa.Value)
		if !ok || !stored(result, state) {
			return false
		}
	}
	return len(*v.Referrers()) > 0
}

func stored(v ssa.Value, state access.Path) bool {
	for _, use := range *v.Referrers() {
		switch use := use.(type) {
		case *ssa.Store:
			if access.Of(use.Addr) != state {
				return false
			}
		case *ssa.MapUpdate:
			if access.Of(use.Map) != state || use.Value != v {
				return false
			}
		default:
			return false
		}
	}
	return len(*v.Referrers()) > 0
}
