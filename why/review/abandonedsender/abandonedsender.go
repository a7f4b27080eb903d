package abandonedsender

import (
	"go/token"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/channels"
	"github.com/trivet-go/trivet/why/review/internal/loops"
	"github.com/trivet-go/trivet/why/review/internal/rule"
	"github.com/trivet-go/trivet/why/review/internal/source"
	"github.com/trivet-go/trivet/why/review/internal/starts"
)

var Rule = rule.Rule{
	Name:     "abandoned-sender",
	Question: rule.Limits,
	Demon:    "leak",
	Title:    "A goroutine sends a result that nobody may be left to receive",
	Why:      "the send then waits for ever, and the goroutine and all it holds are never freed",
	Try:      "give the channel room for every value that is sent, or let the send select on a context too",
	Sure:     "high that the way exists; a goroutine-leak profile tells how often it is taken",
	Analyzer: Analyzer,
}

var Analyzer = rule.Analyzer("abandoned-sender", run, buildssa.Analyzer)

func run(pass *analysis.Pass) error {
	for _, fn := range pass.ResultOf[buildssa.Analyzer].(*buildssa.SSA).SrcFuncs {
		if fn.Name() == "main" && pass.Pkg.Name() == "main" {
			continue
		}
		for _, block := range fn.Blocks {
			for _, instr := range block.Instrs {
				if made, ok := instr.(*ssa.MakeChan); ok {
					check(pass, fn, made)
				}
			}
		}
	}
	return nil
}

// check follows one channel that is made in fn.
func check(pass *analysis.Pass, fn *ssa.Function, made *ssa.MakeChan) {
	size, known := channels.Capacity(made)
	if !known || size > 1 {
		return
	}
	ops, all := channels.Local(made)
	if !all {
		return
	}
	w := way{made: made, loops: loops.In(fn), size: int(size), sends: map[*ssa.Function]channels.Op{}, receives: map[ssa.Instruction]channels.Op{}}
	for _, op := range ops {
		if !w.add(fn, op) {
			return
		}
	}
	if len(w.receives) == 0 {
		return // that nobody ever receives is another flaw
	}
	for _, start := range starts.In(fn) {
		send, ok := w.sends[start.Fn]
		if !ok || !made.Block().Dominates(start.Site.Block()) {
			continue
		}
		if end := w.from(start.Site); end != token.NoPos {
			report(pass, made, start, send, end)
			return
		}
	}
}

func report(pass *analysis.Pass, made *ssa.MakeChan, start starts.Start, send channels.Op, end token.Pos) {
	buffer := "without a buffer"
	if n, _ := channels.Capacity(made); n > 0 {
		buffer = "with room for one value, and more are sent"
	}
	name := source.Operand(pass, send.Pos, "the channel")
	rule.Report(pass, start.Site.Pos(), "nobody may be left to receive what this goroutine sends on "+name,
		rule.At(made.Pos(), "the channel is made here, %s", buffer),
		rule.At(send.Pos, "the send"),
		rule.At(end, "this way out leaves the sender behind"))
}
