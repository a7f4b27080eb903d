package lockaroundwork

import (
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
	"github.com/trivet-go/trivet/why/review/internal/channels"
	"github.com/trivet-go/trivet/why/review/internal/locks"
	"github.com/trivet-go/trivet/why/review/internal/loops"
	"github.com/trivet-go/trivet/why/review/internal/rule"
	"github.com/trivet-go/trivet/why/review/internal/source"
	"github.com/trivet-go/trivet/why/review/internal/starts"
	"github.com/trivet-go/trivet/why/review/internal/work"
)

var Rule = rule.Rule{
	Name:     "lock-around-work",
	Question: rule.Limits,
	Demon:    "starvation",
	Title:    "All goroutines of a loop do all of their work under one lock",
	Why:      "they run one after the other, on any number of cores",
	Try:      "work before Lock, and hold the lock only to store the result",
	Sure:     "high that they run one at a time; trivet explain tells how much time that is",
	Analyzer: Analyzer,
}

var Analyzer = rule.Analyzer("lock-around-work", run, locks.Analyzer)

func run(pass *analysis.Pass) error {
	known := pass.ResultOf[locks.Analyzer].(*locks.Package)
	for _, fn := range known.Funcs {
		for _, start := range starts.In(fn) {
			if start.Fn == nil || len(start.Fn.Blocks) == 0 {
				continue
			}
			if loop, ok := loops.Around(start.Site.Block()); ok && loop.Counts() {
				check(pass, known, start, loop)
			}
		}
	}
	return nil
}

func check(pass *analysis.Pass, known *locks.Package, start starts.Start, loop loops.Loop) {
	lock, first, ok := only(known, start.Fn)
	if !ok || !shared(lock, start, loop) {
		return
	}
	rule.Report(pass, start.Site.Pos(), "the goroutines that are started here do all of their work while they hold "+source.Operand(pass, lock.Pos, "one lock"),
		rule.At(lock.Pos, "locked here"),
		rule.At(source.Position(first), "the work"))
}

// only finds the lock that fn holds during all of its work, and where that
// begins.
func only(known *locks.Package, fn *ssa.Function) (lock locks.Lock, first ssa.Instruction, ok bool) {
	nest := loops.In(fn)
	ok = true
	known.Walk(fn, func(instr ssa.Instruction, held locks.Set) {
		if !ok || !isWork(instr, nest) {
			return
		}
		for _, l := range held {
			if l.Mode == locks.Write && (first == nil || l.Path == lock.Path) {
				if first == nil {
					lock, first = l, instr
				}
				return
			}
		}
		ok = false
	})
	return lock, first, ok && first != nil
}

// isWork tells whether an instruction may take time: a call that is not sure to
// be tiny, or a calculation in a loop that has no call. Waiting for a channel is
// no work.
func isWork(instr ssa.Instruction, nest loops.Nest) bool {
	switch instr := instr.(type) {
	case *ssa.Call:
		if _, isLock := locks.OpOf(instr.Common()); isLock || channels.Of(instr) != nil {
			return false
		}
		return !work.TinyRange([]ssa.Instruction{instr})
	case *ssa.BinOp, *ssa.IndexAddr, *ssa.Lookup:
		loop, inside := nest.Around(instr.Block())
		return inside && !waits(loop) && heavy(loop)
	case *ssa.Go, *ssa.Select:
		return true // what else goes on is not followed
	}
	return false
}

// waits tells whether a loop is one of a worker that takes items.
func waits(loop loops.Loop) bool {
	for block := range loop.Blocks {
		for _, instr := range block.Instrs {
			if channels.Of(instr) != nil {
				return true
			}
		}
	}
	return false
}

// heavy tells whether a loop calculates rather than calls.
func heavy(loop loops.Loop) bool {
	for block := range loop.Blocks {
		for _, instr := range block.Instrs {
			if _, ok := instr.(*ssa.Call); ok {
				return false
			}
		}
	}
	return true
}

// shared tells whether all goroutines of the loop take the same lock: nothing
// that leads to it is made anew in a turn of the loop.
func shared(lock locks.Lock, start starts.Start, loop loops.Loop) bool {
	for _, need := range lock.Needs() {
		if param, ok := need.(*ssa.Parameter); ok && param.Parent() == start.Fn {
			arg := argument(start, param)
			if arg == nil {
				return false
			}
			if !outside(arg, loop) {
				return false
			}
			continue
		}
		if !outside(need, loop) {
			return false
		}
	}
	return true
}

// outside tells whether a value is the same for every turn of a loop.
func outside(v ssa.Value, loop loops.Loop) bool {
	for _, need := range access.Needs(v) {
		if free, ok := need.(*ssa.FreeVar); ok {
			bound := access.Binding(free)
			if bound == nil || !outside(bound, loop) {
				return false
			}
			continue
		}
		instr, ok := need.(ssa.Instruction)
		if ok && (loop.Blocks[instr.Block()] || instr.Parent() != loop.Header.Parent()) {
			return false
		}
	}
	return true
}

func argument(start starts.Start, param *ssa.Parameter) ssa.Value {
	args := start.Site.Common().Args
	for i, p := range start.Fn.Params {
		if p == param && i < len(args) && start.Group == nil {
			return args[i]
		}
	}
	return nil
}
