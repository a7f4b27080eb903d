// Package access names memory by how it is reached, so that two instructions of
// a function can be seen to mean the same lock or the same channel.
//
// A [Path] starts at a root, a value that is not taken apart further: a
// parameter, a global, an allocation, the result of a call. Steps lead on from
// there through fields, pointers and elements. A captured variable is followed
// into the function that declares it, and a local that is assigned once stands
// for what it was assigned. There is no pointer analysis: two paths that differ
// may still lead to the same place, and rules must not conclude from their
// difference.
package access

import (
	"fmt"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// Path is comparable. Equal paths in one function mean the same memory as long
// as nothing that [Needs] lists has been executed again between the two.
type Path struct {
	Root  ssa.Value
	Steps string
}

// deep ends the pursuit of values that are defined by themselves in a loop.
const deep = 24

// Of is the path of an address, a pointer or a channel.
func Of(v ssa.Value) Path { return of(v, deep) }

func of(v ssa.Value, depth int) Path {
	if depth == 0 {
		return Path{Root: v}
	}
	via := func(x ssa.Value, step string) Path {
		p := of(x, depth-1)
		p.Steps += step
		return p
	}
	switch v := v.(type) {
	case *ssa.FieldAddr:
		return via(v.X, "."+fieldName(v.X.Type(), v.Field))
	case *ssa.Field:
		return via(v.X, "."+fieldName(v.X.Type(), v.Field))
	case *ssa.IndexAddr:
		return via(v.X, index(v.Index))
	case *ssa.Index:
		return via(v.X, index(v.Index))
	case *ssa.Lookup:
		return via(v.X, index(v.Index))
	case *ssa.ChangeType:
		return of(v.X, depth-1)
	case *ssa.MakeInterface:
		return of(v.X, depth-1)
	case *ssa.FreeVar:
		if bound := Binding(v); bound != nil {
			return of(bound, depth-1)
		}
	case *ssa.Parameter:
		if arg := onlyArgument(v); arg != nil {
			return of(arg, depth-1)
		}
	case *ssa.UnOp:
		if cell, stored := loaded(v); stored != nil {
			return of(stored, depth-1)
		} else if cell != nil {
			return via(cell, "*")
		}
	}
	return Path{Root: v}
}

func index(v ssa.Value) string {
	if c, ok := v.(*ssa.Const); ok {
		return "[" + c.String() + "]"
	}
	return fmt.Sprintf("[%p]", v)
}

// loaded is the cell that a load reads, and the only value ever stored in it if
// it is a local variable with one.
func loaded(v *ssa.UnOp) (cell, stored ssa.Value) {
	if v.Op.String() != "*" {
		return nil, nil
	}
	cell = v.X
	for free, ok := cell.(*ssa.FreeVar); ok; free, ok = cell.(*ssa.FreeVar) {
		bound := Binding(free)
		if bound == nil {
			return cell, nil
		}
		cell = bound
	}
	if alloc, ok := cell.(*ssa.Alloc); ok {
		return alloc, OnlyStore(alloc)
	}
	return cell, nil
}

// Value is what a load of a local that is assigned once gives; other values are
// given back as they are.
func Value(v ssa.Value) ssa.Value {
	if load, ok := v.(*ssa.UnOp); ok {
		if _, stored := loaded(load); stored != nil {
			return Value(stored)
		}
	}
	return v
}

// OnlyStore is the one value that is ever assigned to a local variable, in its
// function and in the closures that capture it; nil if there is none or more.
func OnlyStore(cell *ssa.Alloc) ssa.Value {
	var stored ssa.Value
	stores := 0
	if !eachUse(cell, func(use ssa.Instruction, as ssa.Value) bool {
		switch use := use.(type) {
		case *ssa.Store:
			if use.Val == as {
				return false // its address is kept elsewhere
			}
			stored = use.Val
			stores++
			return true
		case *ssa.UnOp, *ssa.DebugRef:
			return true
		}
		return false
	}) || stores != 1 {
		return nil
	}
	return stored
}

// eachUse visits the uses of a cell, and those of the free variables that are
// bound to it, until visit says no.
func eachUse(cell ssa.Value, visit func(use ssa.Instruction, as ssa.Value) bool) bool {
	for _, use := range *cell.Referrers() {
		closure, ok := use.(*ssa.MakeClosure)
		if !ok {
			if !visit(use, cell) {
				return false
			}
			continue
		}
		for i, bound := range closure.Bindings {
			if bound == cell && !eachUse(closure.Fn.(*ssa.Function).FreeVars[i], visit) {
				return false
			}
		}
	}
	return true
}

// Binding is what a free variable stands for in the function around it.
func Binding(v *ssa.FreeVar) ssa.Value {
	fn := v.Parent()
	for i, free := range fn.FreeVars {
		if free != v || fn.Referrers() == nil {
			continue
		}
		for _, use := range *fn.Referrers() {
			if closure, ok := use.(*ssa.MakeClosure); ok {
				return closure.Bindings[i]
			}
		}
	}
	return nil
}

// onlyArgument is what a function literal is called with where it stands, as in
// go func(c chan int) { ... }(results).
func onlyArgument(p *ssa.Parameter) ssa.Value {
	fn := p.Parent()
	if fn.Parent() == nil {
		return nil
	}
	call := OnlyCall(fn)
	if call == nil {
		return nil
	}
	for i, param := range fn.Params {
		if param == p && i < len(call.Args) {
			return call.Args[i]
		}
	}
	return nil
}

// OnlyCall is the call of a function literal that is called where it stands and
// is used in no other way.
func OnlyCall(fn *ssa.Function) *ssa.CallCommon {
	value := ssa.Value(fn)
	uses := fn.Referrers()
	if uses == nil || len(*uses) != 1 {
		return nil
	}
	if closure, ok := (*uses)[0].(*ssa.MakeClosure); ok {
		value, uses = closure, closure.Referrers()
	}
	if len(*uses) != 1 {
		return nil
	}
	if call, ok := (*uses)[0].(ssa.CallInstruction); ok && call.Common().Value == value {
		return call.Common()
	}
	return nil
}

// Function is the function that a value is, if that can be seen.
func Function(v ssa.Value) *ssa.Function {
	switch v := v.(type) {
	case *ssa.Function:
		return v
	case *ssa.MakeClosure:
		return v.Fn.(*ssa.Function)
	case *ssa.ChangeType:
		return Function(v.X)
	case *ssa.UnOp:
		if _, stored := loaded(v); stored != nil {
			return Function(stored)
		}
	}
	return nil
}

// Callee is the function that a call runs, if that can be seen.
func Callee(call *ssa.CallCommon) *ssa.Function {
	if call.IsInvoke() {
		return nil
	}
	return Function(call.Value)
}

// Outer is the declared function around a literal.
func Outer(fn *ssa.Function) *ssa.Function {
	for fn.Parent() != nil {
		fn = fn.Parent()
	}
	return fn
}

// Needs lists the values that the path of v is made of. When one of them is
// computed again, the path means something else.
func Needs(v ssa.Value) []ssa.Value { return needs(v, deep) }

func needs(v ssa.Value, depth int) []ssa.Value {
	if depth == 0 {
		return []ssa.Value{v}
	}
	switch v := v.(type) {
	case *ssa.FieldAddr:
		return needs(v.X, depth-1)
	case *ssa.Field:
		return needs(v.X, depth-1)
	case *ssa.IndexAddr:
		return append(needs(v.X, depth-1), v.Index)
	case *ssa.Index:
		return append(needs(v.X, depth-1), v.Index)
	case *ssa.Lookup:
		return append(needs(v.X, depth-1), v.Index)
	case *ssa.ChangeType:
		return needs(v.X, depth-1)
	case *ssa.MakeInterface:
		return needs(v.X, depth-1)
	case *ssa.UnOp:
		if cell, stored := loaded(v); stored != nil {
			return needs(stored, depth-1)
		} else if cell != nil {
			return needs(cell, depth-1)
		}
	}
	return []ssa.Value{v}
}

// Class names the declaration behind an address, "T.mu" for a field and the
// variable for others, so that functions can be compared that reach it from
// different roots. It is nil when nothing is known.
//
// Two objects of one type share the class of their field: a class is for
// finding candidates and for staying silent, not for proofs.
func Class(v ssa.Value) any {
	switch v := v.(type) {
	case *ssa.FieldAddr:
		return fieldOf(v.X.Type(), v.Field)
	case *ssa.Field:
		return fieldOf(v.X.Type(), v.Field)
	case *ssa.IndexAddr:
		return Class(v.X)
	case *ssa.Index:
		return Class(v.X)
	case *ssa.Lookup:
		return Class(v.X)
	case *ssa.ChangeType:
		return Class(v.X)
	case *ssa.MakeInterface:
		return Class(v.X)
	case *ssa.UnOp:
		if cell, stored := loaded(v); stored != nil {
			return Class(stored)
		} else if cell != nil {
			return Class(cell)
		}
		return nil
	case *ssa.FreeVar:
		if bound := Binding(v); bound != nil {
			return Class(bound)
		}
		return nil
	case *ssa.Parameter:
		if arg := onlyArgument(v); arg != nil {
			return Class(arg)
		}
		return nil
	case *ssa.Global, *ssa.Alloc, *ssa.MakeChan:
		return v
	}
	return nil
}

// fieldOf is the field itself, of the generic type if there is one.
func fieldOf(t types.Type, i int) any {
	if s := structOf(t); s != nil {
		return s.Field(i).Origin()
	}
	return nil
}

func fieldName(t types.Type, i int) string {
	if s := structOf(t); s != nil {
		return s.Field(i).Name()
	}
	return fmt.Sprint(i)
}

func structOf(t types.Type) *types.Struct {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	s, _ := t.Underlying().(*types.Struct)
	if s == nil {
		if p, ok := types.Unalias(t).(*types.TypeParam); ok {
			s, _ = p.Constraint().Underlying().(*types.Struct)
		}
	}
	return s
}
