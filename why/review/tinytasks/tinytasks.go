package tinytasks

import (
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
			if loop, ok := loops.Around(start.Site.Block()); ok && !loop.Few() {
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
