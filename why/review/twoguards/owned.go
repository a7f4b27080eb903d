package twoguards

import (
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
	"github.com/trivet-go/trivet/why/review/internal/locks"
	"github.com/trivet-go/trivet/why/review/internal/serving"
	"github.com/trivet-go/trivet/why/review/internal/starts"
)

// calls is how far what a server calls is followed.
const calls = 3

// owned lists what the loop of a server reads and writes while it holds no lock,
// without what only the server knows.
func (r *reading) owned(server serving.Server, inside map[*ssa.Function]bool) (all []use) {
	type visited struct {
		fn   *ssa.Function
		self access.Path // of the first argument
	}
	seen := map[visited]bool{}
	var visit func(fn *ssa.Function, within func(ssa.Instruction) bool, caller func(access.Path) access.Path, depth int)
	visit = func(fn *ssa.Function, within func(ssa.Instruction) bool, caller func(access.Path) access.Path, depth int) {
		r.known.Walk(fn, func(instr ssa.Instruction, held locks.Set) {
			if len(held) > 0 || !within(instr) {
				return
			}
			if path, write, ok := access.Touched(instr); ok && !plumbing(instr) {
				path = caller(path)
				if state, ok := stateOf(path); ok && (!inside[path.Root.Parent()] || isParameter(path.Root, server.Fn)) {
					all = append(all, use{state: state, write: write, at: instr})
				} else if state, ok := r.handed(path); ok && write {
					all = append(all, use{state: state, write: true, at: instr})
				}
			}
			call, callee := called(instr)
			if callee == nil || depth == 0 {
				return
			}
			next := visited{fn: callee}
			if len(call.Call.Args) > 0 {
				next.self = caller(access.Of(call.Call.Args[0]))
			}
			if !seen[next] {
				seen[next] = true
				visit(callee, always, func(path access.Path) access.Path { return caller(seenFrom(call, callee, path)) }, depth-1)
			}
		})
	}
	visit(server.Fn, func(instr ssa.Instruction) bool { return server.Loop.Blocks[instr.Block()] },
		func(path access.Path) access.Path { return path }, calls)
	return all
}

// called is the call that an instruction is, and the function that it runs in the
// same goroutine; nil if that cannot be seen.
func called(instr ssa.Instruction) (*ssa.Call, *ssa.Function) {
	call, ok := instr.(*ssa.Call)
	if _, isStart := starts.Of(instr); !ok || isStart {
		return nil, nil
	}
	return call, access.Callee(call.Common())
}

func isParameter(v ssa.Value, fn *ssa.Function) bool {
	_, ok := v.(*ssa.Parameter)
	return ok && v.Parent() == fn
}

func always(ssa.Instruction) bool { return true }

// seenFrom turns a path of what is called into one of the caller.
func seenFrom(call *ssa.Call, callee *ssa.Function, path access.Path) access.Path {
	for i, param := range callee.Params {
		if param == path.Root && i < len(call.Call.Args) {
			arg := access.Of(call.Call.Args[i])
			return access.Path{Root: arg.Root, Steps: arg.Steps + path.Steps}
		}
	}
	return path
}

// unclear tells whether a lock may be taken in a way that is not followed: by
// TryLock, or through an interface.
func unclear(inside map[*ssa.Function]bool) bool {
	for fn := range inside {
		for _, block := range fn.Blocks {
			for _, instr := range block.Instrs {
				call, ok := instr.(ssa.CallInstruction)
				if !ok {
					continue
				}
				if method := call.Common().Method; method != nil && strings.HasSuffix(method.Name(), "Lock") {
					return true
				}
				if strings.Contains(locks.Called(call.Common()), "Mutex).Try") {
					return true
				}
			}
		}
	}
	return false
}
