package access

import (
	"go/token"

	"golang.org/x/tools/go/ssa"
)

// Touched is the memory that an instruction reads or writes. For an operation on
// a map that is the map's content.
func Touched(instr ssa.Instruction) (memory Path, write, ok bool) {
	switch instr := instr.(type) {
	case *ssa.MapUpdate:
		return Of(instr.Map), true, true
	case *ssa.Store:
		return Of(instr.Addr), true, true
	case *ssa.Lookup:
		return Of(instr.X), false, true
	case *ssa.Range:
		return Of(instr.X), false, true
	case *ssa.UnOp:
		return Of(instr.X), false, instr.Op == token.MUL
	case *ssa.Call:
		if b, isBuiltin := instr.Call.Value.(*ssa.Builtin); isBuiltin && (b.Name() == "delete" || b.Name() == "clear") {
			return Of(instr.Call.Args[0]), true, true
		}
	}
	return Path{}, false, false
}
