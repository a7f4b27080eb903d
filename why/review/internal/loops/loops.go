// Package loops finds the loops of a function.
package loops

import (
	"go/constant"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// Loop is a natural loop: the blocks that can come back to Header without
// leaving it.
type Loop struct {
	Header *ssa.BasicBlock
	Blocks map[*ssa.BasicBlock]bool
}

// Nest is the loops of a function, outer ones before those inside.
type Nest []Loop

// In finds the loops of a function.
func In(fn *ssa.Function) (all Nest) {
	for _, header := range fn.DomPreorder() {
		loop := Loop{header, map[*ssa.BasicBlock]bool{header: true}}
		for _, pred := range header.Preds {
			if header.Dominates(pred) {
				loop.add(pred)
			}
		}
		if len(loop.Blocks) > 1 || jumpsTo(header, header) {
			all = append(all, loop)
		}
	}
	return all
}

func (l *Loop) add(block *ssa.BasicBlock) {
	if l.Blocks[block] {
		return
	}
	l.Blocks[block] = true
	for _, pred := range block.Preds {
		l.add(pred)
	}
}

func jumpsTo(from, to *ssa.BasicBlock) bool {
	for _, next := range from.Succs {
		if next == to {
			return true
		}
	}
	return false
}

// Around is the innermost loop around a block.
func (n Nest) Around(block *ssa.BasicBlock) (inner Loop, ok bool) {
	for _, loop := range n {
		if loop.Blocks[block] {
			inner, ok = loop, true
		}
	}
	return inner, ok
}

// Around is the innermost loop around a block.
func Around(block *ssa.BasicBlock) (inner Loop, ok bool) { return In(block.Parent()).Around(block) }

// Exits tells whether a way leads out of the loop other than by a panic.
func (l Loop) Exits() bool {
	for block := range l.Blocks {
		for _, next := range block.Succs {
			if !l.Blocks[next] && !panics(next) {
				return true
			}
		}
		if _, ok := block.Instrs[len(block.Instrs)-1].(*ssa.Return); ok {
			return true
		}
	}
	return false
}

func panics(block *ssa.BasicBlock) bool {
	_, ok := block.Instrs[len(block.Instrs)-1].(*ssa.Panic)
	return ok
}

// Counts tells whether a loop goes through numbers or elements, as for i := range
// n and range over a slice or a map do. A loop that waits for events or tries
// again does not.
func (l Loop) Counts() bool {
	branch, ok := l.Header.Instrs[len(l.Header.Instrs)-1].(*ssa.If)
	if !ok || !isFor(l.Header) {
		return false
	}
	switch cond := branch.Cond.(type) {
	case *ssa.BinOp:
		return carried(cond.X) || carried(cond.Y)
	case *ssa.Extract:
		_, next := cond.Tuple.(*ssa.Next)
		return next
	}
	return false
}

// isFor tells whether a for statement made the block, and not a goto.
func isFor(header *ssa.BasicBlock) bool {
	return strings.HasPrefix(header.Comment, "for.") || strings.HasPrefix(header.Comment, "range")
}

// carried tells whether a value is handed on from turn to turn, or that and one
// more. A variable that a closure captures is a cell of its own in each turn.
func carried(v ssa.Value) bool {
	if sum, ok := v.(*ssa.BinOp); ok {
		v = sum.X
	}
	if load, ok := v.(*ssa.UnOp); ok {
		v = load.X
	}
	switch v.(type) {
	case *ssa.Phi, *ssa.Alloc:
		return true
	}
	return false
}

// small is how many turns are few.
const small = 64

// Few tells whether a loop is written to turn only a few times.
func (l Loop) Few() bool {
	branch, ok := l.Header.Instrs[len(l.Header.Instrs)-1].(*ssa.If)
	if !ok {
		return false
	}
	cond, ok := branch.Cond.(*ssa.BinOp)
	if !ok {
		return false
	}
	for _, bound := range []ssa.Value{cond.X, cond.Y} {
		switch bound := bound.(type) {
		case *ssa.Const:
			if bound.Value != nil && bound.Value.Kind() == constant.Int {
				n, exact := constant.Int64Val(bound.Value)
				return exact && n <= small && n > 0
			}
		case *ssa.Call: // len of a slice that is written out
			if b, ok := bound.Call.Value.(*ssa.Builtin); ok && b.Name() == "len" {
				return literal(bound.Call.Args[0])
			}
		}
	}
	return false
}

// literal tells whether a slice is a whole array of known size, as that of a
// composite literal.
func literal(v ssa.Value) bool {
	slice, ok := v.(*ssa.Slice)
	if !ok || slice.Low != nil || slice.High != nil {
		return false
	}
	pointer, ok := slice.X.Type().Underlying().(*types.Pointer)
	if !ok {
		return false
	}
	array, ok := pointer.Elem().Underlying().(*types.Array)
	return ok && array.Len() <= small
}
