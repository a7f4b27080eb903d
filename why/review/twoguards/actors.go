package twoguards

import (
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
	"github.com/trivet-go/trivet/why/review/internal/acting"
	"github.com/trivet-go/trivet/why/review/internal/locks"
	"github.com/trivet-go/trivet/why/review/internal/order"
	"github.com/trivet-go/trivet/why/review/internal/rule"
	"github.com/trivet-go/trivet/why/review/internal/source"
	"github.com/trivet-go/trivet/why/review/internal/starts"
)

// checkActors looks for go statements in methods of actors of flow/actors whose
// goroutine changes the actor. The state of an actor has no lock: that one message is
// handled at a time is its guard, and the goroutine is no message.
func (r *reading) checkActors(pass *analysis.Pass) {
	seen := map[ssa.Instruction]bool{} // a method can be two messages
	for _, m := range acting.In(pass.ResultOf[buildssa.Analyzer].(*buildssa.SSA)) {
		for _, start := range starts.In(m.Fn) {
			if start.Fn == nil || start.Group != nil || seen[start.Site] || waitedFor(start) {
				continue
			}
			seen[start.Site] = true
			if at, state := r.changes(start, m.Fn.Params[0]); at != nil {
				rule.Report(pass, source.Position(at), state.name()+" is written by a goroutine of its own, while the actor that has it goes on with other messages",
					rule.At(m.Fn.Pos(), "a method of the actor ..."),
					rule.At(start.Site.Pos(), "... starts the goroutine here, and does not wait for it"))
			}
		}
	}
}

// waitedFor tells whether the method may wait for what it has started.
func waitedFor(start starts.Start) bool {
	for _, block := range start.Site.Parent().Blocks {
		for _, instr := range block.Instrs {
			if _, deferred := instr.(*ssa.Defer); deferred || waits(instr, 2) && order.Reaches(start.Site, instr) {
				return true
			}
		}
	}
	return false
}

// changes is where a goroutine writes to an actor with no lock, and with nothing that
// could tell others when it is done.
func (r *reading) changes(start starts.Start, actor *ssa.Parameter) (at ssa.Instruction, what state) {
	r.known.Walk(start.Fn, func(instr ssa.Instruction, held locks.Set) {
		path, write, ok := access.Touched(instr)
		if at != nil || !ok || !write || len(held) > 0 || plumbing(instr) || path.Steps == "" || tells(instr) || !is(path.Root, actor, start) {
			return
		}
		if s, ok := stateOf(path); ok {
			at, what = instr, s
		}
	})
	if at == nil || synchronizes(start.Fn) {
		return nil, state{}
	}
	return at, what
}

// synchronizes tells whether a function calls anything of packages sync and atomic.
func synchronizes(fn *ssa.Function) bool {
	for _, block := range fn.Blocks {
		for _, instr := range block.Instrs {
			if call, ok := instr.(ssa.CallInstruction); ok {
				name := strings.TrimPrefix(locks.Called(call.Common()), "(*")
				if strings.HasPrefix(name, "sync.") || strings.HasPrefix(name, "sync/atomic.") {
					return true
				}
			}
		}
	}
	return false
}

// is tells whether a value of what is started is the actor.
func is(v ssa.Value, actor *ssa.Parameter, start starts.Start) bool {
	switch v := v.(type) {
	case *ssa.FreeVar:
		bound := access.Binding(v)
		return bound != nil && is(bound, actor, start)
	case *ssa.Alloc:
		stored := access.OnlyStore(v)
		return stored != nil && is(stored, actor, start)
	case *ssa.Parameter:
		if v == actor {
			return true
		}
		args := start.Site.Common().Args
		for i, param := range start.Fn.Params {
			if param == v && i < len(args) {
				return is(access.Of(args[i]).Root, actor, start) && access.Of(args[i]).Steps == ""
			}
		}
	}
	return false
}
