package doublelock

import (
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
	"github.com/trivet-go/trivet/why/review/internal/locks"
	"github.com/trivet-go/trivet/why/review/internal/rule"
	"github.com/trivet-go/trivet/why/review/internal/source"
)

var Rule = rule.Rule{
	Name:     "double-lock",
	Question: rule.Layers,
	Demon:    "deadlock",
	Title:    "A lock is taken again by the goroutine that holds it",
	Why:      "a mutex knows no owner: the second Lock waits for an Unlock that only comes after it",
	Try:      "move the inner work to a function that is called with the lock held, as fooLocked",
	Sure:     "high; of two read locks, when a writer comes between",
	Analyzer: Analyzer,
}

var Analyzer = rule.Analyzer("double-lock", run, locks.Analyzer)

func run(pass *analysis.Pass) error {
	known := pass.ResultOf[locks.Analyzer].(*locks.Package)
	for _, fn := range known.Funcs {
		known.Walk(fn, func(instr ssa.Instruction, held locks.Set) {
			call, ok := instr.(*ssa.Call)
			if !ok || len(held) == 0 {
				return
			}
			for _, taken := range takes(known, call) {
				if first, ok := held[taken.Path]; ok {
					check(pass, known, call, first, taken)
				}
			}
		})
	}
	return nil
}

// takes is what a call locks: itself, or somewhere inside.
func takes(known *locks.Package, call *ssa.Call) []locks.Taken {
	op, ok := locks.OpOf(call.Common())
	switch {
	case !ok:
		return known.Takes(call.Common())
	case op.Acquire:
		return []locks.Taken{{Path: access.Of(op.Lock), Class: op.Class(), Mode: op.Mode, Pos: op.Pos}}
	}
	return nil
}

func check(pass *analysis.Pass, known *locks.Package, call *ssa.Call, first locks.Lock, second locks.Taken) {
	name := source.Operand(pass, first.Pos, "the lock")
	evidence := []rule.Evidence{rule.At(first.Pos, "locked here")}
	if len(second.Via) > 0 {
		names := make([]string, len(second.Via))
		for i, fn := range second.Via {
			names[i] = fn.Name()
		}
		evidence = append(evidence, rule.At(second.Pos, "locked again here, by %s", strings.Join(names, ", ")))
	}
	if first.Mode == locks.Read && second.Mode == locks.Read {
		for _, other := range known.Acquires(first.Class) {
			if other.Mode == locks.Write {
				evidence = append(evidence, rule.At(other.Call.Pos(), "a writer that comes between waits here"))
				rule.Report(pass, call.Pos(), name+" is read-locked again while it is read-locked", evidence...)
				return
			}
		}
		return
	}
	rule.Report(pass, call.Pos(), name+" is locked again while it is held", evidence...)
}
