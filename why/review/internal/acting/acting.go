// Package acting finds the methods of actors, as package flow/actors has them.
package acting

import (
	"go/types"

	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
)

const actors = "github.com/trivet-go/trivet/flow/actors"

// Method is a method of an actor that has been made a message.
type Method struct {
	Declared *ssa.Call     // of actors.Method or actors.Action
	Fn       *ssa.Function // the method; its first parameter is the actor
	Kind     any           // the same for all methods of a kind
	Op       *ssa.Global   // the variable that has the message; nil if there is none
	Action   bool          // its answer is an error only
}

// In lists the methods that a package declares, as far as their code is seen: it is in
// the package, and the type of the actors is clear.
func In(built *buildssa.SSA) (all []Method) {
	p := program{built.Pkg.Prog, globals(built.Pkg)}
	for _, fn := range append(built.SrcFuncs, built.Pkg.Func("init")) {
		for _, block := range fn.Blocks {
			for _, instr := range block.Instrs {
				call, ok := instr.(*ssa.Call)
				if !ok {
					continue
				}
				name := function(call)
				if name != "Method" && name != "Action" || len(call.Call.Args) != 3 {
					continue
				}
				for _, method := range p.methods(call) {
					if method.Pkg == built.Pkg && len(method.Blocks) > 0 && len(method.Params) > 1 {
						all = append(all, Method{call, method, p.kind(call.Call.Args[0]), p.holder(call), name == "Action"})
					}
				}
			}
		}
	}
	return all
}

// Send is the use of a message: a Call, which waits for the answer, or a Tell.
type Send struct {
	Op    ssa.Value
	Waits bool
}

// SendOf tells whether an instruction is one.
func SendOf(instr ssa.Instruction) (Send, bool) {
	call, ok := instr.(*ssa.Call)
	if !ok || len(call.Call.Args) == 0 {
		return Send{}, false
	}
	fn := declared(call)
	if fn == nil || fn.Signature().Recv() == nil {
		return Send{}, false
	}
	pointer, ok := fn.Signature().Recv().Type().(*types.Pointer)
	if !ok {
		return Send{}, false
	}
	named, ok := types.Unalias(pointer.Elem()).(*types.Named)
	if !ok || named.Obj().Name() != "Op" && named.Obj().Name() != "Act" || fn.Name() != "Call" && fn.Name() != "Tell" {
		return Send{}, false
	}
	return Send{call.Call.Args[0], fn.Name() == "Call"}, true
}

// Of tells whether a message is that of a method.
func (s Send) Of(m Method) bool { return m.Op != nil && access.Of(s.Op).Root == ssa.Value(m.Op) }

// declared is the function or method of flow/actors that is called, nil for others.
func declared(call *ssa.Call) *types.Func {
	callee := call.Call.StaticCallee()
	if callee == nil {
		return nil
	}
	if origin := callee.Origin(); origin != nil {
		callee = origin
	}
	fn, ok := callee.Object().(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != actors {
		return nil
	}
	return fn
}

// function is the name of the function of flow/actors that is called, "" for others.
func function(call *ssa.Call) string {
	if fn := declared(call); fn != nil && fn.Signature().Recv() == nil {
		return fn.Name()
	}
	return ""
}

type program struct {
	prog   *ssa.Program
	stored map[*ssa.Global]ssa.Value // what package variables are declared with
}

func globals(pkg *ssa.Package) map[*ssa.Global]ssa.Value {
	stored := map[*ssa.Global]ssa.Value{}
	for _, block := range pkg.Func("init").Blocks {
		for _, instr := range block.Instrs {
			if store, ok := instr.(*ssa.Store); ok {
				if global, ok := store.Addr.(*ssa.Global); ok {
					stored[global] = store.Val
				}
			}
		}
	}
	return stored
}

// holder is the package variable that is declared with a value.
func (p program) holder(v ssa.Value) *ssa.Global {
	for global, stored := range p.stored {
		if stored == v {
			return global
		}
	}
	return nil
}

// kind is what tells kinds apart: the variable, or else the value.
func (p program) kind(v ssa.Value) any {
	if load, ok := v.(*ssa.UnOp); ok {
		if global, ok := load.X.(*ssa.Global); ok {
			return global
		}
	}
	return access.Value(v)
}

// methods are what a declaration may run: one, or one for each type that the actors
// may have; none if that is not clear.
func (p program) methods(call *ssa.Call) []*ssa.Function {
	fn := access.Function(call.Call.Args[2])
	if fn == nil {
		return nil
	}
	method, ok := fn.Object().(*types.Func)
	if fn.Synthetic == "" || !ok || method.Signature().Recv() == nil {
		return []*ssa.Function{fn}
	}
	if !types.IsInterface(method.Signature().Recv().Type()) {
		if real := p.prog.FuncValue(method.Origin()); real != nil {
			return []*ssa.Function{real}
		}
		return nil
	}
	var all []*ssa.Function
	for _, t := range p.typesOf(call.Call.Args[0]) {
		selected := p.prog.MethodSets.MethodSet(t).Lookup(method.Pkg(), method.Name())
		if selected == nil {
			continue
		}
		if real := p.prog.FuncValue(selected.Obj().(*types.Func).Origin()); real != nil {
			all = append(all, real)
		}
	}
	return all
}

// typesOf are the types that the state of a kind has behind its interface.
func (p program) typesOf(kind ssa.Value) (all []types.Type) {
	made := access.Value(kind)
	if global, ok := p.kind(kind).(*ssa.Global); ok {
		made = p.stored[global]
	}
	call, ok := made.(*ssa.Call)
	if !ok || function(call) != "NewKind" || len(call.Call.Args) < 2 {
		return nil
	}
	state := access.Function(call.Call.Args[1])
	if state == nil {
		return nil
	}
	for _, block := range state.Blocks {
		for _, instr := range block.Instrs {
			if ret, ok := instr.(*ssa.Return); ok && len(ret.Results) == 1 {
				if value, ok := ret.Results[0].(*ssa.MakeInterface); ok {
					all = append(all, value.X.Type())
				}
			}
		}
	}
	return all
}
