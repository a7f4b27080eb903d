// Package work tells how much a function does, as far as its code shows.
package work

import (
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
	"github.com/trivet-go/trivet/why/review/internal/locks"
	"github.com/trivet-go/trivet/why/review/internal/loops"
)

// tiny is the largest number of instructions that take less time than starting
// a goroutine does: some hundreds of nanoseconds. An instruction of package ssa is
// about one of the machine.
const tiny = 60

// Tiny tells whether fn surely ends within some tens of nanoseconds when it has
// no lock to wait for: no loop, no channel, no call of anything that is not as
// small.
func Tiny(fn *ssa.Function) bool {
	n, ok := size(fn, 2)
	return ok && n <= tiny
}

// TinyRange is Tiny for instructions of one function.
func TinyRange(instrs []ssa.Instruction) bool {
	n, ok := sum(instrs, 2)
	return ok && n <= tiny
}

func size(fn *ssa.Function, depth int) (n int, ok bool) {
	if len(fn.Blocks) == 0 || depth == 0 || len(loops.In(fn)) > 0 {
		return 0, false
	}
	for _, block := range fn.Blocks {
		m, ok := sum(block.Instrs, depth)
		if !ok {
			return 0, false
		}
		n += m
	}
	return n, true
}

func sum(instrs []ssa.Instruction, depth int) (n int, ok bool) {
	for _, instr := range instrs {
		n++
		switch instr := instr.(type) {
		case *ssa.Go, *ssa.Select, *ssa.Send, *ssa.MakeChan, *ssa.MakeMap, *ssa.MakeSlice:
			return 0, false
		case *ssa.Alloc:
			// A slice that is made with a constant length.
			if array, ok := instr.Type().Underlying().(*types.Pointer).Elem().Underlying().(*types.Array); ok && array.Len() > tiny {
				return 0, false
			}
		case *ssa.UnOp:
			if instr.Op == token.ARROW {
				return 0, false
			}
		case ssa.CallInstruction:
			m, ok := call(instr.Common(), depth)
			if !ok {
				return 0, false
			}
			n += m
		case *ssa.BinOp:
			if instr.Op == token.ADD && isString(instr) {
				return 0, false
			}
		case *ssa.Convert:
			n += 2
		}
	}
	return n, true
}

func isString(v ssa.Value) bool { return strings.HasSuffix(v.Type().Underlying().String(), "string") }

// quick are functions that take nanoseconds, unless they have to wait.
var quick = []string{
	"(*sync.WaitGroup).Done", "(*sync.WaitGroup).Add",
	"(*sync.Mutex).Lock", "(*sync.Mutex).Unlock", "(*sync.RWMutex).Lock", "(*sync.RWMutex).Unlock",
	"(*sync.RWMutex).RLock", "(*sync.RWMutex).RUnlock",
	"math.Sqrt", "math.Abs", "math.Floor", "math.Ceil", "math.Max", "math.Min", "math.Trunc", "math.Round", "math.Hypot",
	"math.Sin", "math.Cos", "math.Exp", "math.Log", "math.Pow",
}

func call(c *ssa.CallCommon, depth int) (n int, ok bool) {
	if b, ok := c.Value.(*ssa.Builtin); ok {
		return 3, b.Name() != "close" && b.Name() != "copy" && b.Name() != "print" && b.Name() != "println" && b.Name() != "clear"
	}
	callee := access.Callee(c)
	if callee == nil {
		return 0, false
	}
	name := locks.FullName(callee)
	switch {
	case slices.Contains(quick, name):
		return 5, true
	case strings.HasPrefix(name, "sync/atomic.") || strings.HasPrefix(name, "(*sync/atomic.") || strings.HasPrefix(name, "math/bits."):
		return 3, true
	}
	return size(callee, depth-1)
}
