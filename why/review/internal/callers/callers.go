// Package callers finds who runs a function.
package callers

import (
	"go/ast"
	"go/types"
	"reflect"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
	"github.com/trivet-go/trivet/why/review/internal/starts"
)

// Package answers for the functions of one package.
type Package struct {
	calls  map[*ssa.Function][]ssa.CallInstruction // and deferred calls
	starts map[*ssa.Function][]starts.Start
	values map[*ssa.Function]bool // used as a value: who runs it is not known
}

// Analyzer has a *Package as its result.
var Analyzer = &analysis.Analyzer{
	Name:       "trivetcallers",
	Doc:        "find who runs each function of a package",
	Requires:   []*analysis.Analyzer{buildssa.Analyzer},
	ResultType: reflect.TypeFor[*Package](),
	Run: func(pass *analysis.Pass) (any, error) {
		p := &Package{
			calls:  map[*ssa.Function][]ssa.CallInstruction{},
			starts: map[*ssa.Function][]starts.Start{},
			values: map[*ssa.Function]bool{},
		}
		built := pass.ResultOf[buildssa.Analyzer].(*buildssa.SSA)
		for _, fn := range append(built.SrcFuncs, built.Pkg.Func("init")) {
			for _, block := range fn.Blocks {
				for _, instr := range block.Instrs {
					p.read(instr)
				}
			}
		}
		return p, nil
	},
}

func (p *Package) read(instr ssa.Instruction) {
	var run *ssa.Function // what the instruction runs itself
	if start, ok := starts.Of(instr); ok {
		if run = start.Fn; run != nil {
			p.starts[declared(run)] = append(p.starts[declared(run)], start)
		}
	} else if call, ok := instr.(ssa.CallInstruction); ok {
		if run = access.Callee(call.Common()); run != nil {
			p.calls[declared(run)] = append(p.calls[declared(run)], call)
		}
	}
	switch instr := instr.(type) {
	case *ssa.MakeClosure, *ssa.DebugRef, *ssa.UnOp:
		return // a closure is used where its value is
	case *ssa.Store:
		if only(instr) {
			return // and a local that holds it, where that is read
		}
	}
	for _, operand := range instr.Operands(nil) {
		if *operand == nil {
			continue
		}
		if fn := access.Function(*operand); fn != nil && fn != run {
			p.values[declared(fn)] = true
		}
	}
}

// declared is the method behind the function that a method value is.
func declared(fn *ssa.Function) *ssa.Function {
	if method, ok := fn.Object().(*types.Func); ok && fn.Synthetic != "" {
		if origin := fn.Prog.FuncValue(method.Origin()); origin != nil {
			return origin
		}
	}
	return fn
}

// only tells whether a local variable is assigned by this store alone.
func only(store *ssa.Store) bool {
	cell, ok := store.Addr.(*ssa.Alloc)
	return ok && access.OnlyStore(cell) == store.Val
}

// Calls lists the calls of a function, without those that start it.
func (p *Package) Calls(fn *ssa.Function) []ssa.CallInstruction { return p.calls[declared(fn)] }

// Starts lists where goroutines are started that run a function.
func (p *Package) Starts(fn *ssa.Function) []starts.Start { return p.starts[declared(fn)] }

// Known lists the calls of a function, and tells whether there are no others.
func (p *Package) Known(fn *ssa.Function) (calls []ssa.CallInstruction, all bool) {
	return p.Calls(fn), !p.Open(fn)
}

// Open tells whether others than the calls and starts of this package may run a
// function: it is exported, main, used as a value, or no one is seen to run it.
func (p *Package) Open(fn *ssa.Function) bool {
	fn = declared(fn)
	return p.values[fn] || fn.Parent() == nil && ast.IsExported(fn.Name()) ||
		len(p.calls[fn]) == 0 && len(p.starts[fn]) == 0
}

// Within is fn and what it calls itself, as far as that can be seen, not in
// other goroutines.
func Within(fn *ssa.Function) map[*ssa.Function]bool {
	all := map[*ssa.Function]bool{}
	var visit func(*ssa.Function)
	visit = func(fn *ssa.Function) {
		if fn == nil || all[fn] {
			return
		}
		all[fn] = true
		for _, block := range fn.Blocks {
			for _, instr := range block.Instrs {
				if _, isStart := starts.Of(instr); isStart {
					continue
				}
				call, ok := instr.(ssa.CallInstruction)
				if !ok {
					continue
				}
				visit(access.Callee(call.Common()))
				for _, arg := range call.Common().Args {
					visit(access.Function(arg)) // it may be run inside
				}
			}
		}
	}
	visit(fn)
	return all
}
