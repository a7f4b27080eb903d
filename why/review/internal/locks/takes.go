package locks

import (
	"go/constant"
	"go/token"
	"reflect"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
)

var resultType = reflect.TypeFor[*Package]()

// Taken is a lock that a function acquires on every way through, as its caller
// sees it.
type Taken struct {
	Path  access.Path // in terms of the function that was asked about
	Class any
	Mode  Mode
	Pos   token.Pos       // of the call of Lock
	Via   []*ssa.Function // the calls on the way to it, outermost first
}

// calls is how far Takes follows calls.
const calls = 3

type takesKey struct {
	fn    *ssa.Function
	known string // the boolean parameters whose value the caller fixes
}

// Takes lists the locks that call acquires whatever happens inside, translated
// to the access paths of the caller. Branches on boolean parameters that the
// caller passes as constants are followed one way only.
func (p *Package) Takes(call *ssa.CallCommon) []Taken {
	p.muTakes.Lock()
	defer p.muTakes.Unlock()
	return p.takesOf(call, calls)
}

func (p *Package) takesOf(call *ssa.CallCommon, depth int) (all []Taken) {
	callee := access.Callee(call)
	if callee == nil || len(callee.Blocks) == 0 || depth == 0 {
		return nil
	}
	for _, taken := range p.takes1(callee, constants(callee, call), depth) {
		path, ok := translate(taken.Path, callee, call)
		if ok {
			taken.Path = path
			taken.Via = append([]*ssa.Function{callee}, taken.Via...)
			all = append(all, taken)
		}
	}
	return all
}

// translate turns a path of the callee into one of the caller.
func translate(path access.Path, callee *ssa.Function, call *ssa.CallCommon) (access.Path, bool) {
	if _, global := path.Root.(*ssa.Global); global {
		return path, true
	}
	for i, param := range callee.Params {
		if param == path.Root && i < len(call.Args) {
			arg := access.Of(call.Args[i])
			return access.Path{Root: arg.Root, Steps: arg.Steps + path.Steps}, true
		}
	}
	// What a closure captures has been followed to where it is declared.
	return path, callee.Parent() != nil && path.Root.Parent() != callee
}

// constants is the boolean arguments that are written out in the call.
func constants(callee *ssa.Function, call *ssa.CallCommon) map[*ssa.Parameter]bool {
	var known map[*ssa.Parameter]bool
	for i, param := range callee.Params {
		if i >= len(call.Args) {
			break
		}
		if c, ok := call.Args[i].(*ssa.Const); ok && c.Value != nil && c.Value.Kind() == constant.Bool {
			if known == nil {
				known = map[*ssa.Parameter]bool{}
			}
			known[param] = constant.BoolVal(c.Value)
		}
	}
	return known
}

func (p *Package) takes1(fn *ssa.Function, known map[*ssa.Parameter]bool, depth int) []Taken {
	key := takesKey{fn, knownKey(fn, known)}
	if all, ok := p.takes[key]; ok {
		return all
	}
	p.takes[key] = nil // what calls itself takes nothing new
	var all []Taken
	ways := ways{fn, known}
	p.Walk(fn, func(instr ssa.Instruction, held Set) {
		call, ok := instr.(*ssa.Call)
		if !ok {
			return
		}
		if op, ok := OpOf(call.Common()); ok {
			if op.Acquire && !ways.avoid(call, op.Class()) {
				all = append(all, Taken{Path: access.Of(op.Lock), Class: op.Class(), Mode: op.Mode, Pos: op.Pos})
			}
			return
		}
		for _, taken := range p.takesOf(call.Common(), depth-1) {
			if !ways.avoid(call, taken.Class) {
				all = append(all, taken)
			}
		}
	})
	p.takes[key] = all
	return all
}

func knownKey(fn *ssa.Function, known map[*ssa.Parameter]bool) string {
	var b strings.Builder
	for _, param := range fn.Params {
		value, ok := known[param]
		switch {
		case !ok:
			b.WriteByte('?')
		case value:
			b.WriteByte('1')
		default:
			b.WriteByte('0')
		}
	}
	return b.String()
}

// ways are the ways through a function under what is known of its parameters.
type ways struct {
	fn    *ssa.Function
	known map[*ssa.Parameter]bool
}

// avoid tells whether a way leads from the start to a return that does not pass
// the instruction, or that releases a lock of the class before it does.
func (w ways) avoid(target ssa.Instruction, class any) bool {
	seen := map[*ssa.BasicBlock]bool{}
	reached := false
	var visit func(*ssa.BasicBlock) (avoided bool)
	visit = func(block *ssa.BasicBlock) bool {
		if seen[block] {
			return false
		}
		seen[block] = true
		for _, instr := range block.Instrs {
			if instr == target {
				reached = true
				return false
			}
			switch instr := instr.(type) {
			case *ssa.Return:
				return true
			case *ssa.Call:
				if op, ok := OpOf(instr.Common()); ok && !op.Acquire && op.Class() == class {
					return true
				}
			}
		}
		for _, next := range w.next(block) {
			if visit(next) {
				return true
			}
		}
		return false
	}
	return visit(w.fn.Blocks[0]) || !reached
}

// next is the successors of a block that can be taken.
func (w ways) next(block *ssa.BasicBlock) []*ssa.BasicBlock {
	branch, ok := block.Instrs[len(block.Instrs)-1].(*ssa.If)
	if !ok {
		return block.Succs
	}
	cond, negated := branch.Cond, false
	for not, ok := cond.(*ssa.UnOp); ok && not.Op == token.NOT; not, ok = cond.(*ssa.UnOp) {
		cond, negated = not.X, !negated
	}
	param, ok := cond.(*ssa.Parameter)
	if !ok {
		return block.Succs
	}
	value, ok := w.known[param]
	if !ok {
		return block.Succs
	}
	if value != negated {
		return block.Succs[:1]
	}
	return block.Succs[1:]
}

// Acquire is one place that locks.
type Acquire struct {
	Fn   *ssa.Function
	Call ssa.CallInstruction
	Mode Mode
}

// Acquires lists where the package locks mutexes of a class.
func (p *Package) Acquires(class any) []Acquire {
	if class == nil {
		return nil
	}
	return p.acquires[class]
}

func acquires(funcs []*ssa.Function) map[any][]Acquire {
	all := map[any][]Acquire{}
	for _, fn := range funcs {
		for _, block := range fn.Blocks {
			for _, instr := range block.Instrs {
				op, _, ok := opOf(instr)
				if !ok || !op.Acquire {
					continue
				}
				if class := op.Class(); class != nil {
					all[class] = append(all[class], Acquire{fn, instr.(ssa.CallInstruction), op.Mode})
				}
			}
		}
	}
	return all
}
