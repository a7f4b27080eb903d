package endlessgoroutine

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
	"github.com/trivet-go/trivet/why/review/internal/channels"
	"github.com/trivet-go/trivet/why/review/internal/locks"
	"github.com/trivet-go/trivet/why/review/internal/loops"
	"github.com/trivet-go/trivet/why/review/internal/rule"
	"github.com/trivet-go/trivet/why/review/internal/starts"
)

var Rule = rule.Rule{
	Name:     "endless-goroutine",
	Question: rule.Limits,
	Demon:    "leak",
	Title:    "A constructor starts a goroutine that no one can end",
	Why:      "the goroutine and its object stay when the last user has gone, one more for each object that is made",
	Try:      "give the loop a way out: a context, or a channel that a Close method closes",
	Sure:     "high that it never ends; how many there will be, the code does not tell",
	Analyzer: Analyzer,
}

var Analyzer = rule.Analyzer("endless-goroutine", run, buildssa.Analyzer)

func run(pass *analysis.Pass) error {
	if pass.Pkg.Name() == "main" {
		return nil
	}
	built := pass.ResultOf[buildssa.Analyzer].(*buildssa.SSA)
	for _, fn := range built.SrcFuncs {
		if fn.Name() == "init" {
			continue
		}
		for _, object := range returned(fn) {
			for _, start := range starts.In(fn) {
				if start.Fn == nil || start.Group != nil || !uses(start, object) {
					continue
				}
				if loop, ok := endless(start.Fn); ok && !onceOnly(built, fn) {
					rule.Report(pass, start.Site.Pos(), "no one can end the goroutine that is started here",
						rule.At(place(loop), "it wakes again and again, and has no way out"))
				}
			}
		}
	}
	return nil
}

// place is where a loop begins, as far as instructions tell.
func place(loop loops.Loop) (pos token.Pos) {
	for _, block := range loop.Header.Parent().Blocks {
		if !loop.Blocks[block] {
			continue
		}
		for _, instr := range block.Instrs {
			if instr.Pos().IsValid() && (!pos.IsValid() || instr.Pos() < pos) {
				pos = instr.Pos()
			}
		}
	}
	return pos
}

// onceOnly tells whether fn only runs while its package is initialized, or is
// given to a function that runs it once.
func onceOnly(built *buildssa.SSA, fn *ssa.Function) bool {
	calls, early := 0, 0
	for _, f := range append(built.SrcFuncs, built.Pkg.Func("init")) {
		for _, block := range f.Blocks {
			for _, instr := range block.Instrs {
				for _, operand := range instr.Operands(nil) {
					if *operand != nil && access.Function(*operand) == fn {
						calls++
						if f.Name() == "init" || f.Synthetic != "" || givenToOnce(instr) {
							early++
						}
					}
				}
			}
		}
	}
	return calls > 0 && calls == early
}

func givenToOnce(instr ssa.Instruction) bool {
	call, ok := instr.(*ssa.Call)
	if !ok || call.Common().StaticCallee() == nil {
		return false
	}
	switch call.Common().StaticCallee().Name() {
	case "Do", "OnceFunc", "OnceValue", "OnceValues":
		return true
	}
	return false
}

// returned lists the objects that fn makes and returns a pointer to.
func returned(fn *ssa.Function) (objects []ssa.Value) {
	seen := map[ssa.Value]bool{}
	for _, block := range fn.Blocks {
		ret, ok := block.Instrs[len(block.Instrs)-1].(*ssa.Return)
		if !ok {
			continue
		}
		for _, result := range ret.Results {
			path := access.Of(result)
			alloc, ok := path.Root.(*ssa.Alloc)
			if !ok || path.Steps != "" || seen[alloc] || !alloc.Heap {
				continue
			}
			if pointer, ok := alloc.Type().Underlying().(*types.Pointer); ok {
				if _, ok := pointer.Elem().Underlying().(*types.Struct); ok {
					seen[alloc] = true
					objects = append(objects, alloc)
				}
			}
		}
	}
	return objects
}

// uses tells whether the goroutine works on the object.
func uses(start starts.Start, object ssa.Value) bool {
	for _, arg := range start.Site.Common().Args {
		if access.Of(arg).Root == object {
			return true
		}
	}
	if closure, ok := start.Site.Common().Value.(*ssa.MakeClosure); ok {
		for _, bound := range closure.Bindings {
			if access.Of(bound).Root == object {
				return true
			}
			if cell, ok := bound.(*ssa.Alloc); ok {
				if stored := access.OnlyStore(cell); stored != nil && access.Of(stored).Root == object {
					return true
				}
			}
		}
	}
	return false
}

// endless finds a loop without a way out that sleeps or ticks.
func endless(fn *ssa.Function) (loops.Loop, bool) {
	for _, loop := range loops.In(fn) {
		if !exits(loop) && paced(loop) {
			return loop, true
		}
	}
	return loops.Loop{}, false
}

// exits tells whether a way leads out of the loop. That the channel of a ticker
// is closed is none: it never is.
func exits(loop loops.Loop) bool {
	if !loop.Exits() {
		return false
	}
	branch, ok := loop.Header.Instrs[len(loop.Header.Instrs)-1].(*ssa.If)
	if !ok {
		return true
	}
	extract, ok := branch.Cond.(*ssa.Extract)
	if !ok {
		return true
	}
	receive, ok := extract.Tuple.(*ssa.UnOp)
	if !ok || receive.Op != token.ARROW || !isTime(receive.X.Type()) {
		return true
	}
	for block := range loop.Blocks {
		if block != loop.Header && leaves(block, loop) {
			return true
		}
	}
	return false
}

func leaves(block *ssa.BasicBlock, loop loops.Loop) bool {
	for _, next := range block.Succs {
		if !loop.Blocks[next] {
			return true
		}
	}
	_, returns := block.Instrs[len(block.Instrs)-1].(*ssa.Return)
	return returns
}

// paced tells whether all that a loop waits for is time.
func paced(loop loops.Loop) bool {
	found := false
	for block := range loop.Blocks {
		for _, instr := range block.Instrs {
			for _, op := range channels.Of(instr) {
				if op.Kind == channels.Receive && !isTime(op.Chan.Type()) {
					return false
				}
				found = found || op.Kind == channels.Receive
			}
			call, ok := instr.(*ssa.Call)
			if ok && locks.Called(call.Common()) == "time.Sleep" {
				found = true
			}
			if ok && ends(call) {
				return false
			}
		}
	}
	return found
}

// ends tells whether a call may end the goroutine.
func ends(call *ssa.Call) bool {
	name := locks.Called(call.Common())
	return name == "runtime.Goexit" || name == "os.Exit"
}

func isTime(t types.Type) bool {
	ch, ok := t.Underlying().(*types.Chan)
	return ok && ch.Elem().String() == "time.Time"
}
