package tinytasks

import (
	"go/constant"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/loops"
	"github.com/trivet-go/trivet/why/review/internal/rule"
	"github.com/trivet-go/trivet/why/review/internal/starts"
	"github.com/trivet-go/trivet/why/review/internal/work"
)

var Rule = rule.Rule{
	Name:     "tiny-tasks",
	Question: rule.Selection,
	Title:    "A goroutine is started for every tiny item, and costs as much as its work",
	Why:      "starting and joining a goroutine takes longer than the item, on any number of cores",
	Try:      "start one goroutine for a stretch of items, four stretches for each core",
	Sure:     "high that an item is tiny; a recording tells how many there are",
	Analyzer: Analyzer,
}

var Analyzer = rule.Analyzer("tiny-tasks", run, buildssa.Analyzer)

func run(pass *analysis.Pass) error {
	for _, fn := range pass.ResultOf[buildssa.Analyzer].(*buildssa.SSA).SrcFuncs {
		for _, start := range starts.In(fn) {
			if start.Fn == nil || start.Limit || !work.Tiny(start.Fn) || empty(start.Fn) {
				continue
			}
			if loop, ok := loops.Around(start.Site.Block()); ok && !few(loop) {
				rule.Report(pass, start.Site.Pos(), "each turn of this loop starts a goroutine for less work than the start costs",
					rule.At(start.Fn.Pos(), "what it does has no loop, no wait and no call that takes time"))
			}
		}
	}
	return nil
}

// empty tells whether a function does nothing: then the start itself is what is
// wanted, to measure it.
func empty(fn *ssa.Function) bool { return len(fn.Blocks) == 1 && len(fn.Blocks[0].Instrs) == 1 }

// small is how many goroutines are no reason to count them.
const small = 64

// few tells whether a loop is written to turn only a few times.
func few(loop loops.Loop) bool {
	branch, ok := loop.Header.Instrs[len(loop.Header.Instrs)-1].(*ssa.If)
	if !ok {
		return false
	}
	cond, ok := branch.Cond.(*ssa.BinOp)
	if !ok {
		return false
	}
	for _, bound := range []ssa.Value{cond.X, cond.Y} {
		switch bound := bound.(type) {
		case *ssa.Const:
			if bound.Value != nil && bound.Value.Kind() == constant.Int {
				n, exact := constant.Int64Val(bound.Value)
				return exact && n <= small && n > 0
			}
		case *ssa.Call: // len of a slice that is written out
			if b, ok := bound.Call.Value.(*ssa.Builtin); ok && b.Name() == "len" {
				return literal(bound.Call.Args[0])
			}
		}
	}
	return false
}

// literal tells whether a slice is a whole array of known size, as that of a
// composite literal.
func literal(v ssa.Value) bool {
	slice, ok := v.(*ssa.Slice)
	if !ok || slice.Low != nil || slice.High != nil {
		return false
	}
	pointer, ok := slice.X.Type().Underlying().(*types.Pointer)
	if !ok {
		return false
	}
	array, ok := pointer.Elem().Underlying().(*types.Array)
	return ok && array.Len() <= small
}
