package waitbeforedrain

import (
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
	"github.com/trivet-go/trivet/why/review/internal/channels"
	"github.com/trivet-go/trivet/why/review/internal/locks"
	"github.com/trivet-go/trivet/why/review/internal/order"
	"github.com/trivet-go/trivet/why/review/internal/rule"
	"github.com/trivet-go/trivet/why/review/internal/source"
	"github.com/trivet-go/trivet/why/review/internal/starts"
)

var Rule = rule.Rule{
	Name:     "wait-before-drain",
	Question: rule.Layers,
	Demon:    "deadlock",
	Title:    "Goroutines are waited for before what they send is received",
	Why:      "a goroutine that sends cannot end before someone receives, and the receiver waits for it to end",
	Try:      "wait in a goroutine of its own, which then closes the channel, and receive until it is closed",
	Sure:     "high; it works only as long as nothing is sent",
	Analyzer: Analyzer,
}

var Analyzer = rule.Analyzer("wait-before-drain", run, buildssa.Analyzer)

func run(pass *analysis.Pass) error {
	for _, fn := range pass.ResultOf[buildssa.Analyzer].(*buildssa.SSA).SrcFuncs {
		for _, wait := range waits(fn) {
			for _, block := range fn.Blocks {
				for _, instr := range block.Instrs {
					if made, ok := instr.(*ssa.MakeChan); ok {
						check(pass, fn, wait, made)
					}
				}
			}
		}
	}
	return nil
}

var waitMethods = map[string]bool{
	"(*sync.WaitGroup).Wait":                   true,
	"(*golang.org/x/sync/errgroup.Group).Wait": true,
}

// waits lists the calls that wait for a group.
func waits(fn *ssa.Function) (all []*ssa.Call) {
	for _, block := range fn.Blocks {
		for _, instr := range block.Instrs {
			if call, ok := instr.(*ssa.Call); ok && waitMethods[locks.Called(call.Common())] {
				all = append(all, call)
			}
		}
	}
	return all
}

func check(pass *analysis.Pass, fn *ssa.Function, wait *ssa.Call, made *ssa.MakeChan) {
	if n, known := channels.Capacity(made); !known || n > 0 || !order.Precedes(made, wait) {
		return
	}
	ops, all := channels.Local(made)
	if !all {
		return
	}
	sends := map[*ssa.Function]channels.Op{}
	for _, op := range ops {
		switch {
		case op.Kind == channels.Receive && (op.Fn() != fn || !order.Precedes(wait, op.Instr)):
			return
		case op.Kind == channels.Send && op.Alone():
			sends[op.Fn()] = op
		}
	}
	group := access.Of(wait.Call.Args[0])
	for _, start := range starts.In(fn) {
		send, ok := sends[start.Fn]
		if ok && order.Reaches(start.Site, wait) && counted(start, group, send) {
			name := source.Operand(pass, send.Pos, "the channel")
			rule.Report(pass, wait.Pos(), "this waits for goroutines that wait for a receiver of "+name,
				rule.At(made.Pos(), "the channel is made here, without a buffer"),
				rule.At(send.Pos, "the send in the goroutine"))
			return
		}
	}
}

// counted tells whether the group that is waited for counts the goroutine until
// it has sent.
func counted(start starts.Start, group access.Path, send channels.Op) bool {
	if start.Group != nil {
		return access.Of(start.Group) == group
	}
	if param := passed(start, group); param != nil {
		group = access.Path{Root: param}
	}
	for _, block := range start.Fn.Blocks {
		for _, instr := range block.Instrs {
			call, ok := instr.(ssa.CallInstruction)
			if !ok || len(call.Common().Args) == 0 {
				continue
			}
			if locks.Called(call.Common()) != "(*sync.WaitGroup).Done" || access.Of(call.Common().Args[0]) != group {
				continue
			}
			if _, deferred := call.(*ssa.Defer); deferred || !order.Precedes(instr, send.Instr) {
				return true
			}
		}
	}
	return false
}

// passed is the parameter through which a named function gets the group.
func passed(start starts.Start, group access.Path) ssa.Value {
	if start.Fn.Parent() != nil {
		return nil
	}
	args := start.Site.Common().Args
	for i, param := range start.Fn.Params {
		if i < len(args) && access.Of(args[i]) == group {
			return param
		}
	}
	return nil
}
