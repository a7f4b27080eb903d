// Package locks finds which mutexes are held at an instruction.
//
// Must-held: a lock is in the answer when every path to the instruction has
// acquired it and has not released it since. Locks are told apart by their
// access path. What cannot be followed, an unlock through another path or in a
// function that is called, ends the belief that a lock is held: a rule stays
// silent rather than be wrong.
package locks

import (
	"go/token"
	"maps"
	"sync"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
)

// Lock is a mutex that is held.
type Lock struct {
	Path  access.Path
	Class any
	Mode  Mode
	Pos   token.Pos       // of the call that acquired it
	At    ssa.Instruction // that call

	needs []ssa.Value
}

// Needs lists the values that lead to the lock: see [access.Needs].
func (l Lock) Needs() []ssa.Value { return l.needs }

// Set is what is held at one place.
type Set map[access.Path]Lock

// Package answers for the functions of one package. It may be asked by several
// rules at once.
type Package struct {
	Funcs []*ssa.Function

	held     map[*ssa.Function]map[*ssa.BasicBlock]Set // complete before anyone asks
	acquires map[any][]Acquire                         // so is this

	muReleases sync.Mutex
	releases   map[*ssa.Function]map[any]bool

	muTakes sync.Mutex // never taken while muReleases is held
	takes   map[takesKey][]Taken
}

// Analyzer has a *Package as its result.
var Analyzer = &analysis.Analyzer{
	Name:       "trivetlocks",
	Doc:        "find the mutexes that are held at each instruction",
	Requires:   []*analysis.Analyzer{buildssa.Analyzer},
	ResultType: resultType,
	Run: func(pass *analysis.Pass) (any, error) {
		p := &Package{
			Funcs:    pass.ResultOf[buildssa.Analyzer].(*buildssa.SSA).SrcFuncs,
			held:     map[*ssa.Function]map[*ssa.BasicBlock]Set{},
			releases: map[*ssa.Function]map[any]bool{},
			takes:    map[takesKey][]Taken{},
		}
		p.acquires = acquires(p.Funcs)
		for _, fn := range p.Funcs {
			p.held[fn] = p.entries(fn)
		}
		return p, nil
	},
}

// Walk visits the instructions of fn that can be reached, with what is held
// before each. The set is only valid during the visit.
func (p *Package) Walk(fn *ssa.Function, visit func(instr ssa.Instruction, held Set)) {
	at, known := p.held[fn]
	if !known {
		at = p.entries(fn)
	}
	for _, block := range fn.Blocks {
		entry, reached := at[block]
		if !reached {
			continue
		}
		held := maps.Clone(entry)
		for _, instr := range block.Instrs {
			visit(instr, held)
			p.step(instr, held)
		}
	}
}

// entries computes what is held at the start of each block: the intersection
// over the edges that lead there, until nothing changes.
func (p *Package) entries(fn *ssa.Function) map[*ssa.BasicBlock]Set {
	at := map[*ssa.BasicBlock]Set{}
	if len(fn.Blocks) == 0 {
		return at
	}
	at[fn.Blocks[0]] = Set{}
	work := []*ssa.BasicBlock{fn.Blocks[0]}
	for len(work) > 0 {
		block := work[len(work)-1]
		work = work[:len(work)-1]
		held := maps.Clone(at[block])
		for _, instr := range block.Instrs {
			p.step(instr, held)
		}
		for _, next := range block.Succs {
			if meet(at, next, held) {
				work = append(work, next)
			}
		}
	}
	return at
}

// meet brings held to a block and tells whether that says something new.
func meet(at map[*ssa.BasicBlock]Set, block *ssa.BasicBlock, held Set) bool {
	old, seen := at[block]
	if !seen {
		at[block] = maps.Clone(held)
		return true
	}
	before := len(old)
	maps.DeleteFunc(old, func(path access.Path, _ Lock) bool {
		_, both := held[path]
		return !both
	})
	return len(old) != before
}

// step changes held as instr does.
func (p *Package) step(instr ssa.Instruction, held Set) {
	if value, ok := instr.(ssa.Value); ok {
		held.forget(value)
	}
	switch instr := instr.(type) {
	case *ssa.Call:
		if op, ok := OpOf(instr.Common()); ok {
			held.apply(op, instr)
			return
		}
		p.call(instr.Common(), held)
	case *ssa.RunDefers:
		p.runDefers(instr.Parent(), held)
	case *ssa.Store:
		held.moved(instr.Addr)
	}
}

// forget drops what was reached through a value that is computed anew.
func (held Set) forget(value ssa.Value) {
	for path, lock := range held {
		for _, need := range lock.needs {
			if need == value {
				delete(held, path)
			}
		}
	}
}

// moved drops what was reached through a pointer that is assigned.
func (held Set) moved(cell ssa.Value) {
	if len(held) == 0 {
		return
	}
	through := access.Of(cell)
	for path := range held {
		if path.Root == through.Root && len(path.Steps) > len(through.Steps) &&
			path.Steps[:len(through.Steps)+1] == through.Steps+"*" {
			delete(held, path)
		}
	}
}

func (held Set) apply(op Op, at ssa.Instruction) {
	path := access.Of(op.Lock)
	if op.Acquire {
		held[path] = Lock{path, op.Class(), op.Mode, op.Pos, at, access.Needs(op.Lock)}
		return
	}
	if _, known := held[path]; known {
		delete(held, path)
		return
	}
	held.release(op.Class())
}

// release drops every lock that may be of the class; nil may be any.
func (held Set) release(class any) {
	maps.DeleteFunc(held, func(_ access.Path, lock Lock) bool {
		return class == nil || lock.Class == nil || lock.Class == class
	})
}

// call drops what the callee may release, and adds what it returns with.
func (p *Package) call(call *ssa.CallCommon, held Set) {
	callee := access.Callee(call)
	if callee == nil {
		// A function value: it may be a closure of this function that unlocks.
		if _, builtin := call.Value.(*ssa.Builtin); !builtin && !call.IsInvoke() && len(held) > 0 {
			if parent := call.Value.Parent(); parent != nil {
				for _, anon := range parent.AnonFuncs {
					p.drop(anon, held)
				}
			}
		}
	} else {
		p.drop(callee, held)
	}
	// Closures that are handed over may run inside.
	for _, arg := range call.Args {
		if fn := access.Function(arg); fn != nil && fn.Parent() != nil {
			p.drop(fn, held)
		}
	}
}

func (p *Package) drop(fn *ssa.Function, held Set) {
	if len(held) == 0 {
		return
	}
	p.muReleases.Lock()
	classes := p.mayRelease(fn)
	p.muReleases.Unlock()
	for class := range classes {
		held.release(class)
	}
}

// runDefers drops what the deferred calls of fn release.
func (p *Package) runDefers(fn *ssa.Function, held Set) {
	for _, block := range fn.Blocks {
		for _, instr := range block.Instrs {
			deferred, ok := instr.(*ssa.Defer)
			if !ok {
				continue
			}
			if op, ok := OpOf(deferred.Common()); ok {
				if !op.Acquire {
					held.apply(op, deferred)
				}
			} else if callee := access.Callee(deferred.Common()); callee != nil {
				p.drop(callee, held)
			}
		}
	}
}

// mayRelease is the classes of locks that fn, or what it calls, unlocks without
// having locked them in the same function before: a function that locks and
// unlocks for itself leaves its caller's lock alone. muReleases is held; what is
// returned does not change any more.
func (p *Package) mayRelease(fn *ssa.Function) map[any]bool {
	if known, ok := p.releases[fn]; ok {
		return known
	}
	classes := map[any]bool{}
	p.releases[fn] = classes // what calls itself adds nothing
	locks := map[any]bool{}
	eachOp(fn, func(op Op) {
		if op.Acquire {
			locks[op.Class()] = true
		}
	})
	eachOp(fn, func(op Op) {
		if class := op.Class(); !op.Acquire && (class == nil || !locks[class] || unlocksFirst(fn, class)) {
			classes[class] = true
		}
	})
	for _, callee := range callees(fn) {
		for class := range p.mayRelease(callee) {
			classes[class] = true
		}
	}
	return classes
}

// unlocksFirst tells whether an unlock can be reached before a lock, as where a
// lock is given up for a while.
func unlocksFirst(fn *ssa.Function, class any) bool {
	found := false
	seen := map[*ssa.BasicBlock]bool{}
	var visit func(*ssa.BasicBlock)
	visit = func(block *ssa.BasicBlock) {
		if seen[block] {
			return
		}
		seen[block] = true
		for _, instr := range block.Instrs {
			if op, deferred, ok := opOf(instr); ok && !deferred && op.Class() == class {
				found = found || !op.Acquire
				return
			}
		}
		for _, next := range block.Succs {
			visit(next)
		}
	}
	if len(fn.Blocks) > 0 {
		visit(fn.Blocks[0])
	}
	return found
}

func eachOp(fn *ssa.Function, visit func(Op)) {
	for _, block := range fn.Blocks {
		for _, instr := range block.Instrs {
			if op, _, ok := opOf(instr); ok {
				visit(op)
			}
		}
	}
}

// callees is the functions that fn calls itself, not in a new goroutine.
func callees(fn *ssa.Function) (all []*ssa.Function) {
	for _, block := range fn.Blocks {
		for _, instr := range block.Instrs {
			if _, isGo := instr.(*ssa.Go); isGo {
				continue
			}
			if call, ok := instr.(ssa.CallInstruction); ok {
				if callee := access.Callee(call.Common()); callee != nil {
					all = append(all, callee)
				}
			}
		}
	}
	return all
}
