// Package order tells which instructions of a function come before others.
package order

import "golang.org/x/tools/go/ssa"

// Precedes tells whether a is executed on every way to b.
func Precedes(a, b ssa.Instruction) bool {
	if a.Block() != b.Block() {
		return a.Block().Dominates(b.Block())
	}
	return first(a, b) == a
}

// Reaches tells whether a way leads from a to b.
func Reaches(a, b ssa.Instruction) bool {
	if a.Block() == b.Block() && first(a, b) == a {
		return true
	}
	seen := map[*ssa.BasicBlock]bool{}
	var visit func(*ssa.BasicBlock) bool
	visit = func(block *ssa.BasicBlock) bool {
		for _, next := range block.Succs {
			if next == b.Block() {
				return true
			}
			if !seen[next] {
				seen[next] = true
				if visit(next) {
					return true
				}
			}
		}
		return false
	}
	return visit(a.Block())
}

// first is the earlier of two instructions of one block.
func first(a, b ssa.Instruction) ssa.Instruction {
	for _, instr := range a.Block().Instrs {
		if instr == a || instr == b {
			return instr
		}
	}
	return nil
}
