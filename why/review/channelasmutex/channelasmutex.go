package channelasmutex

import (
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
	"github.com/trivet-go/trivet/why/review/internal/channels"
	"github.com/trivet-go/trivet/why/review/internal/rule"
	"github.com/trivet-go/trivet/why/review/internal/source"
	"github.com/trivet-go/trivet/why/review/internal/work"
)

var Rule = rule.Rule{
	Name:     "channel-as-mutex",
	Question: rule.Selection,
	Title:    "A channel is a lock around a few nanoseconds of work",
	Why:      "filling and emptying a channel takes longer than what it guards, and several times as long as a mutex",
	Try:      "use a sync.Mutex, or an atomic for one number",
	Sure:     "high that a mutex does the same; a profile tells whether it matters",
	Analyzer: Analyzer,
}

var Analyzer = rule.Analyzer("channel-as-mutex", run, buildssa.Analyzer, channels.Analyzer)

func run(pass *analysis.Pass) error {
	known := pass.ResultOf[channels.Analyzer].(*channels.Package)
	for _, fn := range pass.ResultOf[buildssa.Analyzer].(*buildssa.SSA).SrcFuncs {
		for _, block := range fn.Blocks {
			for i, instr := range block.Instrs {
				send, ok := instr.(*ssa.Send)
				if !ok || !token(send.X.Type()) || !alwaysPaired(known, send.Chan) {
					continue
				}
				between, release := section(block, i)
				if release != nil && len(between) > 0 && work.TinyRange(between) {
					rule.Report(pass, send.Pos(), source.Operand(pass, send.Pos(), "the channel")+" is a lock around a few nanoseconds of work",
						rule.At(release.Pos(), "and is free again here"))
				}
			}
		}
	}
	return nil
}

// token tells whether values of the type carry nothing but their presence.
func token(t types.Type) bool {
	switch t := t.Underlying().(type) {
	case *types.Struct:
		return t.NumFields() == 0
	case *types.Basic:
		return t.Kind() == types.Bool
	}
	return false
}

// alwaysPaired tells whether the channel has room for one, and each function
// that fills it empties it, without a way out.
func alwaysPaired(known *channels.Package, ch ssa.Value) bool {
	if n, ok := known.Least(ch); !ok || n != 1 {
		return false
	}
	fills := map[*ssa.Function]int{}
	for _, op := range known.Ops(ch) {
		switch {
		case op.Select != nil || op.Kind == channels.Close:
			return false
		case op.Kind == channels.Send:
			fills[access.Outer(op.Fn())]++
		default:
			fills[access.Outer(op.Fn())]--
		}
	}
	for _, n := range fills {
		if n != 0 {
			return false
		}
	}
	return true
}

// section is what is executed between the send at block.Instrs[i] and the
// receive from the same channel that follows, without the load of the channel;
// no receive when they are not in one stretch.
func section(block *ssa.BasicBlock, i int) (between []ssa.Instruction, release *ssa.UnOp) {
	ch := access.Of(block.Instrs[i].(*ssa.Send).Chan)
	for _, instr := range block.Instrs[i+1:] {
		for _, op := range channels.Of(instr) {
			if receive, ok := instr.(*ssa.UnOp); ok && access.Of(op.Chan) == ch {
				return between, receive
			}
			return nil, nil
		}
		between = append(between, instr)
	}
	return nil, nil
}
