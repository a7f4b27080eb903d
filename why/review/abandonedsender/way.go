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
	made     *ssa.MakeChan
	size     int                             // of the buffer
	sends    map[*ssa.Function]channels.Op   // one for each goroutine that sends
	receives map[ssa.Instruction]channels.Op // all in the function that starts them
	looped   bool                            // a receive is in a loop
	loops    loops.Nest                      // of the function that receives

	known map[ssa.Value]bool // conditions that hold where the sender is started
	seen  map[state]bool
}

// many stands for as many sends as a loop makes.
const many = 1 << 20

// state is one place of the search. There are never more open sends than
// goroutines that send once, or many.
type state struct {
	block *ssa.BasicBlock
	open  int  // sends that are started and not received
	left  bool // a loop of receives is being left before its end
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
		w.looped = w.looped || w.inLoop(op.Instr)
	case channels.Send:
		// Which of several sends of one goroutine is waiting is not followed.
		if _, second := w.sends[op.Fn()]; own || second || !op.Alone() {
			return false
		}
		w.sends[op.Fn()] = op
	}
	return true
}

func (w *way) inLoop(instr ssa.Instruction) bool {
	_, ok := w.loops.Around(instr.Block())
	return ok
}

// from gives the place of a return that leaves a sender behind, if there is a
// way from its start.
func (w *way) from(site ssa.CallInstruction) token.Pos {
	w.known = w.holding(site.Block())
	w.seen = map[state]bool{}
	block := site.Block()
	for i, instr := range block.Instrs {
		if instr == site {
			return w.visit(state{block: block, open: w.weight(site)}, block.Instrs[i+1:])
		}
	}
	return token.NoPos
}

// weight is how many sends an instruction adds that starts a sender.
func (w *way) weight(instr ssa.Instruction) int {
	start, ok := starts.Of(instr)
	if !ok {
		return 0
	}
	send, ok := w.sends[start.Fn]
	switch {
	case !ok:
		return 0
	case repeats(send):
		return many
	}
	loop, inside := w.loops.Around(instr.Block())
	if inside && !loop.Blocks[w.made.Block()] && !w.receivesInside(loop) {
		return many
	}
	return 1
}

// opened counts the sends of one start more. A goroutine that is started again is
// not counted again: it is one that sends once.
func (w *way) opened(open, weight int) int {
	if open+weight >= many {
		return many
	}
	return min(open+weight, max(open, len(w.sends)))
}

// repeats tells whether one goroutine sends again and again. One that takes a
// request for each answer sends as often as it is asked.
func repeats(send channels.Op) bool {
	loop, ok := loops.Around(send.Instr.Block())
	if !ok {
		return false
	}
	for block := range loop.Blocks {
		for _, instr := range block.Instrs {
			for _, op := range channels.Of(instr) {
				if op.Kind == channels.Receive {
					return false
				}
			}
		}
	}
	return true
}

// receivesInside tells whether a loop that starts senders also receives from
// them: then it is a loop over events, with one sender at a time.
func (w *way) receivesInside(loop loops.Loop) bool {
	for block := range loop.Blocks {
		if w.receivesIn(block) {
			return true
		}
	}
	return false
}

// blocks tells whether nothing can be left behind after a call: it waits for
// goroutines, which end or keep it waiting, or it ends the process or the
// goroutine. The packages it may be in are known by their types alone, so it goes
// by name.
func blocks(instr ssa.Instruction) bool {
	call, ok := instr.(*ssa.Call)
	if !ok {
		return false
	}
	name := ""
	if fn := call.Common().StaticCallee(); fn != nil {
		name = fn.Name()
	} else if call.Common().IsInvoke() {
		name = call.Common().Method.Name()
	}
	switch name {
	case "Wait", "Fatal", "Fatalf", "Fatalln", "FailNow", "SkipNow", "Skip", "Skipf", "Panic", "Panicf", "Panicln":
		return true
	}
	return false
}

func (w *way) visit(s state, instrs []ssa.Instruction) token.Pos {
	for _, instr := range instrs {
		if op, ok := w.receives[instr]; ok {
			if op.Alone() && s.open < many {
				if s.open--; s.open <= w.size {
					return token.NoPos
				}
			}
			s.left = op.Select != nil || w.inLoop(instr)
			continue
		}
		switch instr := instr.(type) {
		case *ssa.Go, *ssa.Call:
			if blocks(instr) {
				return token.NoPos
			}
			s.open = w.opened(s.open, w.weight(instr))
		case *ssa.Return:
			if s.open > w.size && (s.left || !w.looped) {
				return end(instr)
			}
			return token.NoPos
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

func (w *way) enter(s state, next *ssa.BasicBlock) token.Pos {
	s.block = next
	if loop, ok := w.loops.Around(next); ok && loop.Header == next {
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
			if yes.open < many {
				yes.open--
				takeYes = takeYes && yes.open > w.size
			}
			break
		}
		if loop, ok := w.loops.Around(branch.Block()); ok && (loop.Header != branch.Block() || w.receivesIn(branch.Block())) && (isCounter(cond.X) || isCounter(cond.Y)) {
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

func (w *way) receivesIn(block *ssa.BasicBlock) bool {
	for _, instr := range block.Instrs {
		if _, ok := w.receives[instr]; ok {
			return true
		}
	}
	return false
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

// isCounter tells whether a value is a number that a loop carries from turn to
// turn.
func isCounter(v ssa.Value) bool {
	if sum, ok := v.(*ssa.BinOp); ok && (sum.Op == token.ADD || sum.Op == token.SUB) {
		v = sum.X
	}
	_, carried := v.(*ssa.Phi)
	basic, ok := v.Type().Underlying().(*types.Basic)
	return carried && ok && basic.Info()&types.IsInteger != 0
}

// holding lists the conditions that are known to be true or false in a block:
// those of the branches on every way to it, but not of a loop around it, which
// are asked anew.
func (w *way) holding(block *ssa.BasicBlock) map[ssa.Value]bool {
	known := map[ssa.Value]bool{}
	for above := block.Idom(); above != nil; above = above.Idom() {
		branch, ok := above.Instrs[len(above.Instrs)-1].(*ssa.If)
		if _, again := w.loops.Around(above); !ok || again {
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
