// Package starts finds where goroutines are started.
package starts

import (
	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
	"github.com/trivet-go/trivet/why/review/internal/locks"
)

// Start is one place that starts goroutines.
type Start struct {
	Site  ssa.CallInstruction
	Fn    *ssa.Function // what runs; nil when it cannot be seen
	Group ssa.Value     // the WaitGroup or group it is started in; nil for a go statement
	Limit bool          // the group can have a limit: errgroup.Group and the like
}

// groups are the methods that start what they are given. Those with a limit of
// their own say so.
var groups = map[string]bool{
	"(*sync.WaitGroup).Go":                                false,
	"(*golang.org/x/sync/errgroup.Group).Go":              true,
	"(*github.com/trivet-go/trivet/task/scoped.Group).Go": true,
}

// In lists the starts of a function, in order of their blocks.
func In(fn *ssa.Function) (all []Start) {
	for _, block := range fn.Blocks {
		for _, instr := range block.Instrs {
			if start, ok := Of(instr); ok {
				all = append(all, start)
			}
		}
	}
	return all
}

// Of tells whether an instruction starts a goroutine.
func Of(instr ssa.Instruction) (Start, bool) {
	switch instr := instr.(type) {
	case *ssa.Go:
		return Start{Site: instr, Fn: access.Callee(instr.Common())}, true
	case *ssa.Call:
		name := locks.Called(instr.Common())
		limit, ok := groups[name]
		if !ok || len(instr.Call.Args) < 2 {
			return Start{}, false
		}
		return Start{Site: instr, Fn: access.Function(instr.Call.Args[1]), Group: instr.Call.Args[0], Limit: limit}, true
	}
	return Start{}, false
}
