package abandonedsender

import (
	"go/constant"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/channels"
	"github.com/trivet-go/trivet/why/review/internal/loops"
	"github.com/trivet-go/trivet/why/review/internal/starts"
)

// way looks for a way from the start of a sender to a return on which fewer
// values are received than are sent.
type way struct {
	size     int                             // of the buffer
	sends    map[*ssa.Function]channels.Op   // one for each goroutine that sends
	receives map[ssa.Instruction]channels.Op // all in the function that starts them
	looped   bool                            // a receive is in a loop

	known map[ssa.Value]bool // conditions that hold where the sender is started
	seen  map[state]bool
}

// many stands for as many sends as a loop makes.
const many = 1 << 20

// state is one place of the search. received and started stay small: what is
// counted in a loop is many.
type state struct {
	block             *ssa.BasicBlock
	started, received int
	left              bool // a loop of receives is being left before its end
}

// add takes note of an operation, and tells whether it is one that the search
// understands.
func (w *way) add(fn *ssa.Function, op channels.Op) bool {
	own := op.Fn() == fn
	switch op.Kind {
	case channels.Receive:
		if !own {
			return false // someone else receives, too
		}
		w.receives[op.Instr] = op
		w.looped = w.looped || loops.Inside(op.Instr.Block())
	case channels.Send:
		// Which of several sends of one goroutine is waiting is not followed.
		if _, second := w.sends[op.Fn()]; own || second || !op.Alone() {
			return false
		}
		w.sends[op.Fn()] = op
	}
	return true
}

// from gives the place of a return that leaves a sender behind, if there is a
// way from its start.
func (w *way) from(made *ssa.MakeChan, site ssa.CallInstruction) token.Pos {
	w.known = holding(site.Block())
	w.seen = map[state]bool{}
	block := site.Block()
	for i, instr := range block.Instrs {
		if instr == site {
			return w.visit(state{block: block, started: w.weight(made, site)}, block.Instrs[i+1:])
		}
	}
	return token.NoPos
}

// weight is how many sends a start adds.
func (w *way) weight(made *ssa.MakeChan, site ssa.CallInstruction) int {
	start, ok := starts.Of(site)
	if !ok {
		return 0
	}
	send, ok := w.sends[start.Fn]
	switch {
	case !ok:
		return 0
	case loops.Inside(send.Instr.Block()):
		return many
	}
	if loop, inside := loops.Around(site.Block()); inside && !loop.Blocks[made.Block()] {
		return many
	}
	return 1
}

func (w *way) visit(s state, instrs []ssa.Instruction) token.Pos {
	for _, instr := range instrs {
		if op, ok := w.receives[instr]; ok {
			if op.Alone() && s.started < many {
				s.received++
				if s.received+w.size >= s.started {
					return token.NoPos
				}
			}
			s.left = op.Select != nil || loops.Inside(s.block)
			continue
		}
		switch instr := instr.(type) {
		case *ssa.Go, *ssa.Call:
			s.started = min(s.started+w.weight1(instr), many)
		case *ssa.Return:
			if s.left || !w.looped {
				return end(instr)
			}
		case *ssa.If:
			return w.branch(s, instr)
		}
	}
	for _, next := range s.block.Succs {
		if end := w.enter(s, next); end != token.NoPos {
			return end
		}
	}
	return token.NoPos
}

// weight1 is weight for a start that the search passes.
func (w *way) weight1(instr ssa.Instruction) int {
	start, ok := starts.Of(instr)
	if !ok {
		return 0
	}
	if _, sends := w.sends[start.Fn]; sends {
		return 1
	}
	return 0
}

func (w *way) enter(s state, next *ssa.BasicBlock) token.Pos {
	s.block = next
	if loop, ok := loops.Around(next); ok && loop.Header == next {
		s.left = false // round again: the loop ends when it has counted to its end
	}
	if w.seen[s] {
		return token.NoPos
	}
	w.seen[s] = true
	return w.visit(s, next.Instrs)
}

// branch follows the sides of a branch that leave the sender where it is.
func (w *way) branch(s state, branch *ssa.If) token.Pos {
	yes, no := s, s
	takeYes, takeNo := true, true
	if value, known := w.known[branch.Cond]; known {
		takeYes, takeNo = value, !value
	}
	switch cond := branch.Cond.(type) {
	case *ssa.Extract:
		if w.isOK(cond) {
			takeNo = false // closed: everything was received
		}
	case *ssa.BinOp:
		if w.isCase(cond) {
			yes.received++
			if yes.started < many {
				takeYes = takeYes && yes.received+w.size < yes.started
			}
			break
		}
		if loop, ok := loops.Around(branch.Block()); ok && loop.Header != branch.Block() && isInteger(cond.X.Type()) {
			// It counts what it has received.
			takeYes = takeYes && loop.Blocks[branch.Block().Succs[0]]
			takeNo = takeNo && loop.Blocks[branch.Block().Succs[1]]
		}
	}
	if takeYes {
		if end := w.enter(yes, branch.Block().Succs[0]); end != token.NoPos {
			return end
		}
	}
	if takeNo {
		return w.enter(no, branch.Block().Succs[1])
	}
	return token.NoPos
}

// isOK tells whether a condition is the second result of a receive.
func (w *way) isOK(cond *ssa.Extract) bool {
	instr, ok := cond.Tuple.(ssa.Instruction)
	if !ok {
		return false
	}
	_, receives := w.receives[instr]
	return receives && cond.Index == 1
}

// isCase tells whether a condition is that a select has received.
func (w *way) isCase(cond *ssa.BinOp) bool {
	extract, ok := cond.X.(*ssa.Extract)
	if !ok || cond.Op != token.EQL || extract.Index != 0 {
		return false
	}
	choice, ok := extract.Tuple.(*ssa.Select)
	if !ok {
		return false
	}
	op, receives := w.receives[choice]
	number, isConst := cond.Y.(*ssa.Const)
	if !receives || !isConst {
		return false
	}
	n, exact := constant.Int64Val(number.Value)
	return exact && int(n) == op.Case
}

func isInteger(t types.Type) bool {
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsInteger != 0
}

// holding lists the conditions that are known to be true or false in a block:
// those of the branches on every way to it.
func holding(block *ssa.BasicBlock) map[ssa.Value]bool {
	known := map[ssa.Value]bool{}
	for above := block.Idom(); above != nil; above = above.Idom() {
		branch, ok := above.Instrs[len(above.Instrs)-1].(*ssa.If)
		if !ok {
			continue
		}
		for side, next := range above.Succs {
			if len(next.Preds) == 1 && next.Dominates(block) {
				known[branch.Cond] = side == 0
			}
		}
	}
	return known
}

// end is where a return is written; one that is not stands at the end of the
// function.
func end(ret *ssa.Return) token.Pos {
	if ret.Pos().IsValid() {
		return ret.Pos()
	}
	if syntax := ret.Parent().Syntax(); syntax != nil {
		return syntax.End() - 1
	}
	return ret.Parent().Pos()
}
