package twoguards

import (
	"go/types"
	"regexp"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
	"github.com/trivet-go/trivet/why/review/internal/locks"
)

// state is memory that several functions know: a part of the objects of a type, or
// of one variable.
type state struct {
	path  access.Path
	owner *types.TypeName // nil = the variable that the path starts at
}

// stateOf tells which state a path leads to. What a function has received or been
// given back is none: it may be its own by now.
func stateOf(path access.Path) (state, bool) {
	path.Steps = index.ReplaceAllString(path.Steps, "[]")
	owner := structOf(path.Root)
	switch path.Root.(type) {
	case *ssa.Global:
		return state{path: path}, true
	case *ssa.Alloc:
		return state{path, owner}, true
	case *ssa.Parameter, *ssa.FreeVar:
		return state{path, owner}, owner != nil && path.Steps != ""
	}
	return state{}, false
}

var index = regexp.MustCompile(`\[[^\]]*\]`)

// key finds the states that may be the same.
func (s state) key() any {
	if s.owner != nil {
		return s.owner
	}
	return s.path.Root
}

// structOf is the named struct type that a value points to.
func structOf(v ssa.Value) *types.TypeName {
	pointer, ok := v.Type().Underlying().(*types.Pointer)
	if !ok {
		return nil
	}
	named, ok := types.Unalias(pointer.Elem()).(*types.Named)
	if !ok {
		return nil
	}
	if _, ok := named.Underlying().(*types.Struct); !ok {
		return nil
	}
	return named.Origin().Obj()
}

// belongs tells whether a lock is there for the state: it is part of the same
// object, or a variable of the same kind.
func (s state) belongs(lock locks.Lock) bool {
	if lock.Path.Root == s.path.Root {
		return true
	}
	switch root := s.path.Root.(type) {
	case *ssa.Global:
		_, global := lock.Path.Root.(*ssa.Global)
		return global
	case *ssa.Alloc:
		alloc, local := lock.Path.Root.(*ssa.Alloc)
		return local && alloc.Parent() == root.Parent()
	}
	return false
}

// meets tells whether two functions may mean the same state.
func (s state) meets(t state) bool {
	if !parts(s.path.Steps, t.path.Steps) && !parts(t.path.Steps, s.path.Steps) {
		return false
	}
	if s.path.Root == t.path.Root {
		return true
	}
	_, bothMade := s.path.Root.(*ssa.Alloc)
	if bothMade {
		_, bothMade = t.path.Root.(*ssa.Alloc)
	}
	return s.owner != nil && s.owner == t.owner && !bothMade
}

// parts tells whether steps lead to the whole or a part of what begins leads to,
// not to what a pointer there points to.
func parts(begins, steps string) bool {
	rest, ok := strings.CutPrefix(steps, begins)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[') && !strings.Contains(rest, "*")
}

// name of the state as a programmer would call it.
func (s state) name() string {
	steps := strings.NewReplacer("*", "", "[]", "").Replace(s.path.Steps)
	if s.owner != nil {
		return s.owner.Name() + steps
	}
	if alloc, ok := s.path.Root.(*ssa.Alloc); ok && alloc.Comment != "" {
		return alloc.Comment + steps
	}
	return s.path.Root.Name() + steps
}

// plumbing tells whether what an instruction touches only serves to coordinate:
// channels, contexts, and what packages sync and atomic have.
func plumbing(instr ssa.Instruction) bool {
	var t types.Type
	switch instr := instr.(type) {
	case *ssa.Store:
		t = instr.Val.Type()
	case *ssa.UnOp:
		t = instr.Type()
	default:
		return false
	}
	if pointer, ok := t.Underlying().(*types.Pointer); ok {
		t = pointer.Elem()
	}
	if _, ok := t.Underlying().(*types.Chan); ok {
		return true
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return false
	}
	switch named.Obj().Pkg().Path() {
	case "sync", "sync/atomic", "context":
		return true
	}
	return false
}
