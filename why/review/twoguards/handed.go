package twoguards

import (
	"go/token"

	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
	"github.com/trivet-go/trivet/why/review/internal/channels"
)

// handed tells which state a path leads to that starts at a received pointer, if
// others than who receives it still know the object: whoever sends it has it from
// somewhere, or keeps it.
func (r *reading) handed(path access.Path) (state, bool) {
	owner := structOf(path.Root)
	ch := from(path.Root)
	if owner == nil || ch == nil {
		return state{}, false
	}
	for _, op := range r.channels.Ops(ch) {
		if op.Kind == channels.Send && kept(sent(op)) {
			return state{path: access.Path{Root: path.Root, Steps: index.ReplaceAllString(path.Steps, "[]")}, owner: owner}, true
		}
	}
	return state{}, false
}

// from is the channel that a value has been received from.
func from(v ssa.Value) ssa.Value {
	part, ok := v.(*ssa.Extract)
	if ok {
		v = part.Tuple
	}
	switch v := v.(type) {
	case *ssa.UnOp:
		if v.Op == token.ARROW {
			return v.X
		}
	case *ssa.Select:
		received := 2 // the index of the case, and whether a value was there
		for _, choice := range v.States {
			if choice.Send != nil {
				continue
			}
			if received == part.Index {
				return choice.Chan
			}
			received++
		}
	}
	return nil
}

// sent is the value of a send.
func sent(op channels.Op) ssa.Value {
	if op.Select != nil {
		return op.Select.States[op.Case].Send
	}
	return op.Instr.(*ssa.Send).X
}

// kept tells whether others know what a value points to: it came from outside of
// the function, or is stored or returned besides.
func kept(v ssa.Value) bool {
	root := access.Of(v).Root
	switch root.(type) {
	case *ssa.Parameter, *ssa.FreeVar, *ssa.Global:
		return true
	}
	if root.Referrers() == nil {
		return false
	}
	for _, use := range *root.Referrers() {
		switch use := use.(type) {
		case *ssa.Return:
			return true
		case *ssa.MapUpdate:
			if use.Value == root {
				return true
			}
		case *ssa.Store:
			_, field := use.Addr.(*ssa.FieldAddr)
			_, element := use.Addr.(*ssa.IndexAddr)
			if use.Val == root && (field || element) {
				return true
			}
		}
	}
	return false
}
