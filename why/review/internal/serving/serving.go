// Package serving finds goroutines that take one message after the other.
package serving

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
	"github.com/trivet-go/trivet/why/review/internal/callers"
	"github.com/trivet-go/trivet/why/review/internal/channels"
	"github.com/trivet-go/trivet/why/review/internal/loops"
	"github.com/trivet-go/trivet/why/review/internal/starts"
)

// Server is a goroutine that receives in a loop.
type Server struct {
	Start   starts.Start  // Fn is nil for one that others are to start
	Fn      *ssa.Function // where the loop is: what is started, or what that calls
	Loop    loops.Loop    // the outermost one that receives
	Receive channels.Op   // the first of its receives
}

// In lists the servers that fn starts.
func In(fn *ssa.Function) (all []Server) {
	for _, start := range starts.In(fn) {
		if start.Fn == nil {
			continue
		}
		if at, loop, receive, ok := find(start.Fn); ok {
			all = append(all, Server{start, at, loop, receive})
		}
	}
	return all
}

// Offered tells whether fn is a server that others are to start in a goroutine of
// its own: exported, called by no one here, with no result but an error.
func Offered(fn *ssa.Function, known *callers.Package) (Server, bool) {
	results := fn.Signature.Results()
	if fn.Parent() != nil || !ast.IsExported(fn.Name()) || len(known.Calls(fn))+len(known.Starts(fn)) > 0 ||
		results.Len() > 1 || results.Len() == 1 && results.At(0).Type().String() != "error" {
		return Server{}, false
	}
	loop, receive, ok := loopOf(fn)
	return Server{Fn: fn, Loop: loop, Receive: receive}, ok
}

// Entry is the function that the goroutine begins with.
func (s Server) Entry() *ssa.Function {
	if s.Start.Fn != nil {
		return s.Start.Fn
	}
	return s.Fn
}

// Waits is where the server waits for messages, as a recording tells it: of a
// select, the whole.
func (s Server) Waits() token.Pos {
	if s.Receive.Select != nil && s.Receive.Select.Pos().IsValid() {
		return s.Receive.Select.Pos()
	}
	return s.Receive.Pos
}

// find looks for the loop in a function, then in what it calls.
func find(fn *ssa.Function) (*ssa.Function, loops.Loop, channels.Op, bool) {
	if loop, receive, ok := loopOf(fn); ok {
		return fn, loop, receive, true
	}
	for _, block := range fn.Blocks {
		for _, instr := range block.Instrs {
			call, ok := instr.(*ssa.Call)
			if !ok {
				continue
			}
			if callee := access.Callee(call.Common()); callee != nil {
				if loop, receive, ok := loopOf(callee); ok {
					return callee, loop, receive, true
				}
			}
		}
	}
	return nil, loops.Loop{}, channels.Op{}, false
}

// loopOf is the outermost loop of fn that receives messages. One that counts waits
// for answers.
func loopOf(fn *ssa.Function) (loops.Loop, channels.Op, bool) {
	for _, loop := range loops.In(fn) {
		if loop.Counts() {
			continue
		}
		for _, block := range fn.Blocks { // in order, so that the first is found
			if !loop.Blocks[block] {
				continue
			}
			for _, instr := range block.Instrs {
				for _, op := range channels.Of(instr) {
					if op.Kind == channels.Receive && Message(op.Chan) {
						return loop, op, true
					}
				}
			}
		}
	}
	return loops.Loop{}, channels.Op{}, false
}

// Message tells whether values of a channel say more than that or when something
// happened.
func Message(ch ssa.Value) bool {
	t, ok := ch.Type().Underlying().(*types.Chan)
	if !ok {
		return false
	}
	if s, ok := t.Elem().Underlying().(*types.Struct); ok && s.NumFields() == 0 {
		return false
	}
	return !Time(ch)
}

// Time tells whether a channel is one of a timer or ticker.
func Time(ch ssa.Value) bool {
	t, ok := ch.Type().Underlying().(*types.Chan)
	return ok && t.Elem().String() == "time.Time"
}

// Alone tells whether one goroutine serves, and not several of the same kind.
func (s Server) Alone(known *callers.Package) bool {
	if _, looped := loops.Around(s.Start.Site.Block()); looped {
		return false
	}
	for _, fn := range []*ssa.Function{s.Start.Fn, s.Fn} {
		runs := len(known.Starts(fn)) + len(known.Calls(fn))
		if runs != 1 || known.Open(fn) {
			return false
		}
	}
	return true
}
