// Package channels finds what is done with a channel.
package channels

import (
	"go/constant"
	"go/token"
	"reflect"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
)

// Kind of an operation.
type Kind uint8

const (
	Send Kind = iota
	Receive
	Close
)

// Op is one operation on a channel.
type Op struct {
	Kind   Kind
	Chan   ssa.Value
	Instr  ssa.Instruction
	Select *ssa.Select // the select that it is a case of, or nil
	Case   int         // its index there
	Pos    token.Pos
}

// Fn is the function that operates.
func (op Op) Fn() *ssa.Function { return op.Instr.Parent() }

// Alone tells whether nothing but the channel ends the wait: the operation is
// no case of a select, or the only one of a select without default.
func (op Op) Alone() bool {
	return op.Select == nil || op.Select.Blocking && len(op.Select.States) == 1
}

// Of lists the operations of one instruction: several for a select.
func Of(instr ssa.Instruction) []Op {
	switch instr := instr.(type) {
	case *ssa.Send:
		return []Op{{Kind: Send, Chan: instr.Chan, Instr: instr, Pos: instr.Pos()}}
	case *ssa.UnOp:
		if instr.Op == token.ARROW {
			return []Op{{Kind: Receive, Chan: instr.X, Instr: instr, Pos: instr.Pos()}}
		}
	case *ssa.Select:
		ops := make([]Op, len(instr.States))
		for i, state := range instr.States {
			ops[i] = Op{Receive, state.Chan, instr, instr, i, state.Pos}
			if state.Send != nil {
				ops[i].Kind = Send
			}
		}
		return ops
	case ssa.CallInstruction:
		if b, ok := instr.Common().Value.(*ssa.Builtin); ok && b.Name() == "close" {
			return []Op{{Kind: Close, Chan: instr.Common().Args[0], Instr: instr, Pos: instr.Pos()}}
		}
	}
	return nil
}

// Local lists every operation on a channel, if they can all be seen: it is made
// here, and only goes to local variables, closures and functions of this
// package.
func Local(made *ssa.MakeChan) (ops []Op, all bool) { return LocalTo(made, nil) }

// LocalTo is Local for channels that may be returned as well, to the calls that
// are all that the package has of a function; known is false when there may be
// others.
func LocalTo(made *ssa.MakeChan, calls func(*ssa.Function) (all []ssa.CallInstruction, known bool)) (ops []Op, all bool) {
	l := local{calls: calls, seen: map[ssa.Value]bool{}}
	all = l.follow(made)
	return l.ops, all
}

type local struct {
	calls func(*ssa.Function) ([]ssa.CallInstruction, bool)
	ops   []Op
	seen  map[ssa.Value]bool
}

// follow visits the uses of a value that is the channel, and tells whether all
// of them are understood.
func (l *local) follow(v ssa.Value) bool {
	if l.seen[v] {
		return true
	}
	l.seen[v] = true
	for _, use := range *v.Referrers() {
		if !l.use(v, use) {
			return false
		}
	}
	return true
}

func (l *local) use(v ssa.Value, use ssa.Instruction) bool {
	if ops := Of(use); ops != nil {
		for _, op := range ops {
			if op.Chan == v {
				l.ops = append(l.ops, op)
			}
		}
		return !sends(use, v)
	}
	switch use := use.(type) {
	case *ssa.DebugRef:
		return true
	case *ssa.ChangeType:
		return l.follow(use)
	case *ssa.Store: // v into a local variable
		cell, ok := use.Addr.(*ssa.Alloc)
		return ok && access.OnlyStore(cell) == v && l.cell(cell)
	case *ssa.MakeClosure:
		return l.captured(v, use, l.follow)
	case ssa.CallInstruction:
		return l.call(v, use.Common())
	case *ssa.BinOp: // compared with nil
		return true
	case *ssa.Return:
		return l.returned(v, use)
	}
	return false
}

// returned follows the channel to the callers of the function that returns it.
func (l *local) returned(v ssa.Value, ret *ssa.Return) bool {
	if l.calls == nil {
		return false
	}
	calls, known := l.calls(ret.Parent())
	for _, call := range calls {
		result, ok := call.(*ssa.Call)
		if !ok {
			continue // a deferred call drops it
		}
		for i, returned := range ret.Results {
			if returned == v && !l.result(result, i, len(ret.Results)) {
				return false
			}
		}
	}
	return known
}

// result follows one of n results of a call.
func (l *local) result(call *ssa.Call, i, n int) bool {
	if n == 1 {
		return l.follow(call)
	}
	for _, use := range *call.Referrers() {
		if part, ok := use.(*ssa.Extract); ok && part.Index == i && !l.follow(part) {
			return false
		}
	}
	return true
}

// sends tells whether the channel itself is sent somewhere.
func sends(use ssa.Instruction, v ssa.Value) bool {
	switch use := use.(type) {
	case *ssa.Send:
		return use.X == v
	case *ssa.Select:
		for _, state := range use.States {
			if state.Send == v {
				return true
			}
		}
	}
	return false
}

// cell visits the loads of a variable that holds the channel.
func (l *local) cell(cell ssa.Value) bool {
	for _, use := range *cell.Referrers() {
		switch use := use.(type) {
		case *ssa.Store, *ssa.DebugRef: // seen by OnlyStore
		case *ssa.UnOp:
			if !l.follow(use) {
				return false
			}
		case *ssa.MakeClosure:
			if !l.captured(cell, use, l.cell) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func (l *local) captured(v ssa.Value, closure *ssa.MakeClosure, follow func(ssa.Value) bool) bool {
	for i, bound := range closure.Bindings {
		if bound == v && !follow(closure.Fn.(*ssa.Function).FreeVars[i]) {
			return false
		}
	}
	return true
}

// call follows the channel into a function of this package.
func (l *local) call(v ssa.Value, call *ssa.CallCommon) bool {
	if b, ok := call.Value.(*ssa.Builtin); ok {
		return b.Name() == "len" || b.Name() == "cap"
	}
	callee := access.Callee(call)
	if callee == nil || len(callee.Blocks) == 0 || len(call.Args) != len(callee.Params) {
		return false
	}
	for i, arg := range call.Args {
		if arg == v && !l.follow(callee.Params[i]) {
			return false
		}
	}
	return true
}

// Made is the make of a channel value, if it can be seen.
func Made(v ssa.Value) *ssa.MakeChan {
	made, _ := access.Class(v).(*ssa.MakeChan)
	return made
}

// Capacity of a make; known is false when it is computed.
func Capacity(made *ssa.MakeChan) (n int64, known bool) {
	c, ok := made.Size.(*ssa.Const)
	if !ok || c.Value == nil {
		return 0, false
	}
	return constant.Int64Val(constant.ToInt(c.Value))
}

// Package knows the channels of one package by the class of the variable or
// field that holds them.
type Package struct {
	ops   map[any][]Op
	makes map[any][]ssa.Value // what is stored in a field or variable
}

// Analyzer has a *Package as its result.
var Analyzer = &analysis.Analyzer{
	Name:       "trivetchannels",
	Doc:        "find what is done with each channel of a package",
	Requires:   []*analysis.Analyzer{buildssa.Analyzer},
	ResultType: reflect.TypeFor[*Package](),
	Run: func(pass *analysis.Pass) (any, error) {
		p := &Package{map[any][]Op{}, map[any][]ssa.Value{}}
		built := pass.ResultOf[buildssa.Analyzer].(*buildssa.SSA)
		for _, fn := range built.SrcFuncs {
			p.read(fn)
		}
		p.read(built.Pkg.Func("init")) // what package variables are initialized with
		return p, nil
	},
}

func (p *Package) read(fn *ssa.Function) {
	for _, block := range fn.Blocks {
		for _, instr := range block.Instrs {
			for _, op := range Of(instr) {
				if class := access.Class(op.Chan); class != nil {
					p.ops[class] = append(p.ops[class], op)
				}
			}
			store, ok := instr.(*ssa.Store)
			if !ok {
				continue
			}
			if class := access.Class(store.Addr); class != nil {
				p.makes[class] = append(p.makes[class], store.Val)
			}
		}
	}
}

// Ops lists the operations of the package on channels of the same class.
func (p *Package) Ops(v ssa.Value) []Op {
	class := access.Class(v)
	if class == nil {
		return nil
	}
	return p.ops[class]
}

// Least is the smallest capacity that a channel of the class is made with.
// known is false when one is made out of sight, or has a computed capacity.
func (p *Package) Least(v ssa.Value) (n int64, known bool) {
	class := access.Class(v)
	values := p.makes[class]
	if made, ok := class.(*ssa.MakeChan); ok {
		values = []ssa.Value{made}
	}
	n = -1
	for _, value := range values {
		if c, isConst := value.(*ssa.Const); isConst && c.IsNil() {
			continue
		}
		made := Made(value)
		if made == nil {
			return 0, false
		}
		size, sizeKnown := Capacity(made)
		if !sizeKnown {
			return 0, false
		}
		if n < 0 || size < n {
			n = size
		}
	}
	return n, n >= 0
}
