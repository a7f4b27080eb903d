package serving

import (
	"go/token"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
	"github.com/trivet-go/trivet/why/review/internal/loops"
	"github.com/trivet-go/trivet/why/review/internal/starts"
)

// Body is what a server runs for a message, in its loop and in what that calls,
// not in other goroutines.
type Body struct {
	Steps []Step

	server  Server
	message []*ssa.Parameter             // what comes with the message
	args    map[*ssa.Parameter]ssa.Value // with what the functions inside are called
}

// Step is one instruction for a message.
type Step struct {
	Instr ssa.Instruction
	Top   ssa.Instruction // the same, or the call in the loop that leads to it
	Loops []loops.Loop    // around it, without the one that receives; outer ones first
}

// calls is how far what a loop calls is followed.
const calls = 3

// Body reads the loop of a server.
func (s Server) Body() *Body {
	b := &Body{server: s, args: map[*ssa.Parameter]ssa.Value{}}
	b.read(s.Fn, &s.Loop, nil, nil, map[*ssa.Function]bool{}, calls)
	return b
}

// BodyOf reads a method of an actor, which is called with the actor and a message.
func BodyOf(method *ssa.Function) *Body {
	b := &Body{message: method.Params[1:], args: map[*ssa.Parameter]ssa.Value{}}
	b.read(method, nil, nil, nil, map[*ssa.Function]bool{}, calls)
	return b
}

// read adds the steps of a function, or of a loop of it.
func (b *Body) read(fn *ssa.Function, part *loops.Loop, top ssa.Instruction, around []loops.Loop, seen map[*ssa.Function]bool, depth int) {
	seen[fn] = true
	nest := loops.In(fn)
	for _, block := range fn.Blocks {
		if part != nil && !part.Blocks[block] {
			continue
		}
		inner := around[:len(around):len(around)]
		for _, loop := range nest {
			if loop.Blocks[block] && (part == nil || loop.Header != part.Header && part.Blocks[loop.Header]) {
				inner = append(inner, loop)
			}
		}
		for _, instr := range block.Instrs {
			step := Step{instr, top, inner}
			if top == nil {
				step.Top = instr
			}
			b.Steps = append(b.Steps, step)
			call, ok := instr.(*ssa.Call)
			if _, isStart := starts.Of(instr); !ok || isStart || depth == 0 {
				continue
			}
			callee := access.Callee(call.Common())
			if callee == nil || seen[callee] {
				continue
			}
			for i, param := range callee.Params {
				if i < len(call.Call.Args) {
					b.args[param] = call.Call.Args[i]
				}
			}
			b.read(callee, nil, step.Top, inner, seen, depth-1)
		}
	}
}

// Came tells whether a value came with a message.
func (b *Body) Came(v ssa.Value) bool { return b.came(v, map[ssa.Value]bool{}) }

// came follows a value to where it is from. A variable that is assigned from
// itself in a loop is looked at once.
func (b *Body) came(v ssa.Value, seen map[ssa.Value]bool) bool {
	if seen[v] {
		return false
	}
	seen[v] = true
	switch v := v.(type) {
	case *ssa.UnOp:
		return v.Op == token.ARROW || b.came(v.X, seen)
	case *ssa.Select:
		return true
	case *ssa.Extract:
		return b.came(v.Tuple, seen)
	case *ssa.TypeAssert:
		return b.came(v.X, seen)
	case *ssa.FieldAddr:
		return b.came(v.X, seen)
	case *ssa.Field:
		return b.came(v.X, seen)
	case *ssa.ChangeType:
		return b.came(v.X, seen)
	case *ssa.Phi:
		for _, edge := range v.Edges {
			if b.came(edge, seen) {
				return true
			}
		}
	case *ssa.Alloc:
		for _, use := range *v.Referrers() {
			if store, ok := use.(*ssa.Store); ok && store.Addr == v && b.came(store.Val, seen) {
				return true
			}
		}
	case *ssa.Parameter:
		if arg := b.args[v]; arg != nil {
			return b.came(arg, seen)
		}
		return slices.Contains(b.message, v)
	}
	return false
}

// Keeps tells whether a step changes what outlives the message.
func (b *Body) Keeps(step Step) bool {
	if phi, ok := step.Instr.(*ssa.Phi); ok {
		return phi.Block() == b.server.Loop.Header
	}
	memory, write, ok := access.Touched(step.Instr)
	return ok && write && b.outlives(memory.Root, calls)
}

// outlives tells whether what a value points to was there before the message. Depth
// is how many calls it may be handed down.
func (b *Body) outlives(root ssa.Value, depth int) bool {
	if depth < 0 || b.Came(root) {
		return false
	}
	switch v := root.(type) {
	case *ssa.Global, *ssa.FreeVar:
		return true
	case *ssa.Parameter:
		if arg := b.args[v]; arg != nil {
			return b.outlives(access.Of(arg).Root, depth-1)
		}
		return true
	case *ssa.Alloc, *ssa.MakeMap, *ssa.MakeSlice:
		instr := v.(ssa.Instruction)
		for _, step := range b.Steps {
			if step.Instr == instr {
				return false // made for this message
			}
		}
		return true
	}
	return false
}

// Before tells whether one step can come before another for the same message.
func (b *Body) Before(first, second Step) bool {
	from, to := first.Top.Block(), second.Top.Block()
	if from == to {
		for _, instr := range from.Instrs {
			switch instr {
			case first.Top:
				return true
			case second.Top:
				return false
			}
		}
	}
	seen := map[*ssa.BasicBlock]bool{}
	var visit func(*ssa.BasicBlock) bool
	visit = func(block *ssa.BasicBlock) bool {
		for _, next := range block.Succs {
			if next == b.server.Loop.Header || seen[next] {
				continue
			}
			seen[next] = true
			if next == to || visit(next) {
				return true
			}
		}
		return false
	}
	return visit(from)
}
