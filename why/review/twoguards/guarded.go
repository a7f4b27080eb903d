package twoguards

import (
	"cmp"
	"maps"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
	"github.com/trivet-go/trivet/why/review/internal/callers"
	"github.com/trivet-go/trivet/why/review/internal/channels"
	"github.com/trivet-go/trivet/why/review/internal/locks"
	"github.com/trivet-go/trivet/why/review/internal/order"
	"github.com/trivet-go/trivet/why/review/internal/serving"
	"github.com/trivet-go/trivet/why/review/internal/starts"
)

// readGuarded lists what a function reads and writes under a lock that belongs to
// it.
func (r *reading) readGuarded(fn *ssa.Function) {
	r.known.Walk(fn, func(instr ssa.Instruction, held locks.Set) {
		if len(held) == 0 {
			return
		}
		path, write, ok := access.Touched(instr)
		if !ok || plumbing(instr) {
			return
		}
		state, ok := stateOf(path)
		if !ok || state.owner != nil && madeIn(path.Root, fn) {
			return
		}
		for _, lock := range inOrder(held) {
			if state.belongs(lock) && (lock.Mode == locks.Write || !write) {
				r.guarded[state.key()] = append(r.guarded[state.key()], use{state, write, instr, lock})
			}
		}
	})
}

// inOrder lists locks as they stand in the source.
func inOrder(held locks.Set) []locks.Lock {
	return slices.SortedFunc(maps.Values(held), func(a, b locks.Lock) int { return cmp.Compare(a.Pos, b.Pos) })
}

// madeIn tells whether fn itself makes what a path starts at.
func madeIn(root ssa.Value, fn *ssa.Function) bool {
	alloc, ok := root.(*ssa.Alloc)
	return ok && alloc.Parent() == fn
}

// takes tells whether the goroutine takes a lock of the same kind anywhere.
func (r *reading) takes(inside map[*ssa.Function]bool, lock locks.Lock) bool {
	for _, acquire := range r.known.Acquires(lock.Class) {
		if inside[acquire.Fn] {
			return true
		}
	}
	return lock.Class == nil
}

// tells tells whether something is sent after an access: then who receives it
// may be meant to see what was written.
func tells(at ssa.Instruction) bool {
	for _, block := range at.Parent().Blocks {
		for _, instr := range block.Instrs {
			for _, op := range channels.Of(instr) {
				if op.Kind != channels.Receive && order.Reaches(at, instr) {
					return true
				}
			}
		}
	}
	return false
}

// life is where a goroutine is started.
type life struct {
	callers *callers.Package
	start   starts.Start
	leads   map[*ssa.Function]bool // functions that start it, or call one that does
}

func (r *reading) lifeOf(start starts.Start) life {
	l := life{r.callers, start, map[*ssa.Function]bool{}}
	var up func(*ssa.Function)
	up = func(fn *ssa.Function) {
		if l.leads[fn] {
			return
		}
		l.leads[fn] = true
		for _, call := range r.callers.Calls(fn) {
			up(call.Parent())
		}
	}
	if start.Site != nil {
		up(start.Site.Parent())
	}
	return l
}

// meets tells whether someone can reach an instruction while the goroutine runs:
// not before it has been started, and not after having waited.
func (l life) meets(at ssa.Instruction, seen map[*ssa.Function]bool) bool {
	fn := at.Parent()
	if waited(at, 2) {
		return false
	}
	if l.leads[fn] {
		return l.started(at)
	}
	if seen[fn] {
		return false
	}
	seen[fn] = true
	if l.callers.Open(fn) || len(l.callers.Starts(fn)) > 0 {
		return true
	}
	for _, call := range l.callers.Calls(fn) {
		if _, deferred := call.(*ssa.Defer); !deferred && l.meets(call, seen) {
			return true
		}
	}
	return false
}

// started tells whether the function of an instruction has started the goroutine
// before it.
func (l life) started(at ssa.Instruction) bool {
	for _, block := range at.Parent().Blocks {
		for _, instr := range block.Instrs {
			_, callee := called(instr)
			if (instr == l.start.Site || callee != nil && l.leads[callee]) && order.Precedes(instr, at) {
				return true
			}
		}
	}
	return false
}

// waited tells whether a way to an instruction waits for others: for a message, or
// for goroutines to end. Who has waited may be told that the state is at rest.
func waited(at ssa.Instruction, depth int) bool {
	for _, block := range at.Parent().Blocks {
		for _, instr := range block.Instrs {
			if instr != at && waits(instr, depth) && order.Reaches(instr, at) {
				return true
			}
		}
	}
	return false
}

func waits(instr ssa.Instruction, depth int) bool {
	for _, op := range channels.Of(instr) {
		if op.Kind == channels.Receive && !serving.Time(op.Chan) {
			return true
		}
	}
	call, ok := instr.(*ssa.Call)
	if !ok {
		return false
	}
	if method := call.Call.Method; method != nil {
		return method.Name() == "Wait"
	}
	callee := access.Callee(call.Common())
	if callee == nil || depth == 0 {
		return false
	}
	if callee.Name() == "Wait" {
		return true
	}
	for _, block := range callee.Blocks {
		for _, instr := range block.Instrs {
			if waits(instr, depth-1) {
				return true
			}
		}
	}
	return false
}
