package tinymessages

import (
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/callers"
	"github.com/trivet-go/trivet/why/review/internal/channels"
	"github.com/trivet-go/trivet/why/review/internal/loops"
	"github.com/trivet-go/trivet/why/review/internal/rule"
	"github.com/trivet-go/trivet/why/review/internal/source"
	"github.com/trivet-go/trivet/why/review/internal/work"
)

var Rule = rule.Rule{
	Name:     "tiny-messages",
	Question: rule.Selection,
	Title:    "Values pass a channel one by one, for less work than sending costs",
	Why:      "sending and receiving a value takes longer than making and using it",
	Try:      "send slices of values, or do the work where the value is made",
	Sure:     "high that the work is tiny; a recording tells how many values there are",
	Analyzer: Analyzer,
}

var Analyzer = rule.Analyzer("tiny-messages", run, buildssa.Analyzer, callers.Analyzer)

func run(pass *analysis.Pass) error {
	known := pass.ResultOf[callers.Analyzer].(*callers.Package)
	seen := channelsOf(pass.ResultOf[buildssa.Analyzer].(*buildssa.SSA).SrcFuncs, known)
	for _, made := range seen.makes {
		f := flow{channels: seen, asked: map[*ssa.MakeChan]bool{}}
		if f.tiny(made) && f.counted {
			report(pass, made, seen.ops[made])
		}
	}
	return nil
}

// whole are the channels of a package of which all operations are seen.
type whole struct {
	makes []*ssa.MakeChan
	ops   map[*ssa.MakeChan][]channels.Op
	of    map[ssa.Value][]*ssa.MakeChan // what a value is where it is used; several for a parameter
}

func channelsOf(funcs []*ssa.Function, known *callers.Package) whole {
	w := whole{ops: map[*ssa.MakeChan][]channels.Op{}, of: map[ssa.Value][]*ssa.MakeChan{}}
	for _, fn := range funcs {
		for _, block := range fn.Blocks {
			for _, instr := range block.Instrs {
				made, ok := instr.(*ssa.MakeChan)
				if !ok {
					continue
				}
				ops, all := channels.LocalTo(made, known.Known)
				if !all {
					continue
				}
				w.makes = append(w.makes, made)
				w.ops[made] = ops
				for _, op := range ops {
					w.of[op.Chan] = append(w.of[op.Chan], made)
				}
			}
		}
	}
	return w
}

func report(pass *analysis.Pass, made *ssa.MakeChan, ops []channels.Op) {
	send, receive := firstOf(ops, channels.Send), firstOf(ops, channels.Receive)
	rule.Report(pass, made.Pos(), "the values of "+source.Operand(pass, send.Pos, "this channel")+" are sent one by one, for less work than sending one takes",
		rule.At(send.Pos, "a loop sends them here, and does nothing else that takes time"),
		rule.At(receive.Pos, "what receives them needs a few instructions for each"))
}

func firstOf(ops []channels.Op, kind channels.Kind) (found channels.Op) {
	for _, op := range ops {
		if op.Kind == kind {
			return op
		}
	}
	return found
}

// flow follows values from the loop that makes them, over the channels that they
// pass.
type flow struct {
	channels whole
	asked    map[*ssa.MakeChan]bool // what tiny said, or says if nothing is against it
	counted  bool                   // a loop that counts is where they come from
}

// tiny tells whether both sides of a channel, and of those that feed it, do next to
// nothing for a value.
func (f *flow) tiny(made *ssa.MakeChan) bool {
	if said, ok := f.asked[made]; ok {
		return said
	}
	f.asked[made] = true
	counted := f.counted
	if !f.bothTiny(made) {
		f.asked[made], f.counted = false, counted
	}
	return f.asked[made]
}

func (f *flow) bothTiny(made *ssa.MakeChan) bool {
	ops, all := f.channels.ops[made]
	if !all || !single(made) {
		return false
	}
	sends, receives := 0, 0
	for _, op := range ops {
		if op.Kind == channels.Close {
			continue
		}
		loop, ok := loops.Around(op.Instr.Block())
		if !ok || !f.quick(loop) {
			return false
		}
		if op.Kind == channels.Receive {
			receives++
			if drops(op) {
				return false
			}
			continue
		}
		sends++
		switch {
		case loop.Counts() && !loop.Few():
			f.counted = true
		case !f.takes(loop):
			return false
		}
	}
	return sends > 0 && receives > 0
}

// single tells whether a channel carries values and not signals, batches of values,
// or work to be done.
func single(made *ssa.MakeChan) bool {
	switch elem := made.Type().Underlying().(*types.Chan).Elem().Underlying().(type) {
	case *types.Struct:
		return elem.NumFields() > 0
	case *types.Slice, *types.Array, *types.Map, *types.Chan, *types.Signature, *types.Interface:
		return false
	}
	return true
}

// takes tells whether a loop receives what it works on.
func (f *flow) takes(loop loops.Loop) bool {
	for block := range loop.Blocks {
		for _, instr := range block.Instrs {
			for _, op := range channels.Of(instr) {
				if op.Kind == channels.Receive && len(f.channels.of[op.Chan]) > 0 {
					return true
				}
			}
		}
	}
	return false
}

// drops tells whether a received value is not looked at.
func drops(op channels.Op) bool {
	value, ok := op.Instr.(*ssa.UnOp)
	if !ok {
		return false
	}
	if !value.CommaOk {
		return len(*value.Referrers()) == 0
	}
	for _, use := range *value.Referrers() {
		if part, ok := use.(*ssa.Extract); ok && part.Index == 0 && len(*part.Referrers()) > 0 {
			return false
		}
	}
	return true
}

// quick tells whether a turn of a loop takes no time but for the channels: it has
// no loop inside, calls nothing that is not tiny, and waits for nothing but values
// of channels that are quick too, or to be told to end.
func (f *flow) quick(loop loops.Loop) bool {
	for _, inner := range loops.In(loop.Header.Parent()) {
		if inner.Header != loop.Header && loop.Blocks[inner.Header] {
			return false
		}
	}
	var rest []ssa.Instruction
	for block := range loop.Blocks {
		for _, instr := range block.Instrs {
			ops := channels.Of(instr)
			if len(ops) == 0 && !asksContext(instr) {
				rest = append(rest, instr)
			}
			for _, op := range ops {
				if !f.flows(op) {
					return false
				}
			}
		}
	}
	return work.TinyRange(rest)
}

// flows tells whether a loop does not wait long at an operation on a channel.
func (f *flow) flows(op channels.Op) bool {
	if op.Kind == channels.Close || op.Select != nil && op.Kind == channels.Receive && isSignal(op.Chan) {
		return true
	}
	return slices.ContainsFunc(f.channels.of[op.Chan], f.tiny)
}

func isSignal(ch ssa.Value) bool {
	elem, ok := ch.Type().Underlying().(*types.Chan).Elem().Underlying().(*types.Struct)
	return ok && elem.NumFields() == 0
}

// asksContext tells whether an instruction asks a context whether to end.
func asksContext(instr ssa.Instruction) bool {
	call, ok := instr.(*ssa.Call)
	if !ok || call.Call.Method == nil {
		return false
	}
	name := call.Call.Method.FullName()
	return name == "(context.Context).Done" || name == "(context.Context).Err"
}
