// Package loops finds the loops of a function.
package loops

import "golang.org/x/tools/go/ssa"

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

// Inside tells whether a block is in any loop of its function.
func Inside(block *ssa.BasicBlock) bool {
	_, ok := Around(block)
	return ok
}

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
