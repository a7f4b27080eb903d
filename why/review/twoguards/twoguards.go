package twoguards

import (
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
	"github.com/trivet-go/trivet/why/review/internal/callers"
	"github.com/trivet-go/trivet/why/review/internal/channels"
	"github.com/trivet-go/trivet/why/review/internal/locks"
	"github.com/trivet-go/trivet/why/review/internal/order"
	"github.com/trivet-go/trivet/why/review/internal/rule"
	"github.com/trivet-go/trivet/why/review/internal/serving"
	"github.com/trivet-go/trivet/why/review/internal/source"
	"github.com/trivet-go/trivet/why/review/internal/starts"
)

var Rule = rule.Rule{
	Name:     "two-guards",
	Question: rule.Layers,
	Demon:    "race",
	Title:    "One state has two guards: a goroutine with a channel, and a lock",
	Why:      "neither keeps out who goes by the other: both change the state at the same time",
	Try:      "take the lock in the goroutine too, or let the others send it what they want done",
	Sure:     "high that there is no common guard; the race detector shows the two when they meet",
	Analyzer: Analyzer,
}

var Analyzer = rule.Analyzer("two-guards", run, locks.Analyzer, callers.Analyzer, channels.Analyzer)

func run(pass *analysis.Pass) error {
	r := reading{
		known:    pass.ResultOf[locks.Analyzer].(*locks.Package),
		callers:  pass.ResultOf[callers.Analyzer].(*callers.Package),
		channels: pass.ResultOf[channels.Analyzer].(*channels.Package),
	}
	r.readGuarded()
	for _, fn := range r.known.Funcs {
		for _, server := range serving.In(fn) {
			r.check(pass, server)
		}
	}
	return nil
}

// use is one access to state.
type use struct {
	state state
	write bool
	at    ssa.Instruction // in the function where it stands
	lock  locks.Lock      // that is held there
}

type reading struct {
	known    *locks.Package
	callers  *callers.Package
	channels *channels.Package
	guarded  []use // all accesses of the package under a lock
}

// readGuarded lists what is read and written under a lock that belongs to it.
func (r *reading) readGuarded() {
	for _, fn := range r.known.Funcs {
		r.known.Walk(fn, func(instr ssa.Instruction, held locks.Set) {
			if len(held) == 0 {
				return
			}
			path, write, ok := access.Touched(instr)
			if !ok {
				return
			}
			state, ok := stateOf(path)
			if !ok || plumbing(instr) || state.owner != nil && madeIn(path.Root, fn) {
				return
			}
			for _, lock := range held {
				if state.belongs(lock) && (lock.Mode == locks.Write || !write) {
					r.guarded = append(r.guarded, use{state, write, instr, lock})
				}
			}
		})
	}
}

// madeIn tells whether fn itself makes what a path starts at.
func madeIn(root ssa.Value, fn *ssa.Function) bool {
	alloc, ok := root.(*ssa.Alloc)
	return ok && alloc.Parent() == fn
}

// check looks for state that a server changes without the lock that others take
// for it.
func (r *reading) check(pass *analysis.Pass, server serving.Server) {
	inside := callers.Within(server.Start.Fn)
	if unclear(inside) {
		return
	}
	for _, own := range r.owned(server, inside) {
		for _, other := range r.guarded {
			if !other.state.meets(own.state) || !own.write && !other.write ||
				inside[other.at.Parent()] || r.takes(inside, other.lock) {
				continue
			}
			if !own.write && tells(other.at) || !r.together(server.Start, other.at, map[*ssa.Function]bool{}) {
				continue
			}
			report(pass, server, own, other)
			return
		}
	}
}

func report(pass *analysis.Pass, server serving.Server, own, other use) {
	does := map[bool]string{true: "written", false: "read"}
	lock := source.Operand(pass, other.lock.Pos, "a lock")
	rule.Report(pass, source.Position(own.at), own.state.name()+" is "+does[own.write]+" by the goroutine that receives from "+
		source.Operand(pass, server.Receive.Pos, "a channel")+", without a lock, and "+does[other.write]+" under "+lock+" by others",
		rule.At(server.Waits(), "the goroutine receives here"),
		rule.At(other.lock.Pos, "another takes the lock here"),
		rule.At(source.Position(other.at), "and %s under it here", map[bool]string{true: "writes", false: "reads"}[other.write]))
}

// calls is how far what a server calls is followed.
const calls = 3

// owned lists what the loop of a server reads and writes while it holds no lock,
// without what only the server knows.
func (r *reading) owned(server serving.Server, inside map[*ssa.Function]bool) (all []use) {
	var visit func(fn *ssa.Function, within func(ssa.Instruction) bool, caller func(access.Path) access.Path, depth int)
	visit = func(fn *ssa.Function, within func(ssa.Instruction) bool, caller func(access.Path) access.Path, depth int) {
		r.known.Walk(fn, func(instr ssa.Instruction, held locks.Set) {
			if len(held) > 0 || !within(instr) {
				return
			}
			if path, write, ok := access.Touched(instr); ok {
				path = caller(path)
				if state, ok := stateOf(path); ok && !plumbing(instr) && (!inside[path.Root.Parent()] || isParameter(path.Root, server.Fn)) {
					all = append(all, use{state: state, write: write, at: instr})
				} else if state, ok := r.handed(path); ok && write && !plumbing(instr) {
					all = append(all, use{state: state, write: true, at: instr})
				}
			}
			call, ok := instr.(*ssa.Call)
			if !ok || depth == 0 {
				return
			}
			callee := access.Callee(call.Common())
			if _, isStart := starts.Of(instr); isStart || callee == nil || callee == fn || len(callee.Blocks) == 0 {
				return
			}
			visit(callee, always, func(path access.Path) access.Path { return caller(seenFrom(call, callee, path)) }, depth-1)
		})
	}
	visit(server.Fn, func(instr ssa.Instruction) bool { return server.Loop.Blocks[instr.Block()] },
		func(path access.Path) access.Path { return path }, calls)
	return all
}

func isParameter(v ssa.Value, fn *ssa.Function) bool {
	_, ok := v.(*ssa.Parameter)
	return ok && v.Parent() == fn
}

func always(ssa.Instruction) bool { return true }

// seenFrom turns a path of what is called into one of the caller.
func seenFrom(call *ssa.Call, callee *ssa.Function, path access.Path) access.Path {
	for i, param := range callee.Params {
		if param == path.Root && i < len(call.Call.Args) {
			arg := access.Of(call.Call.Args[i])
			return access.Path{Root: arg.Root, Steps: arg.Steps + path.Steps}
		}
	}
	return path
}

// unclear tells whether a lock may be taken in a way that is not followed: by
// TryLock, or through an interface.
func unclear(inside map[*ssa.Function]bool) bool {
	for fn := range inside {
		for _, block := range fn.Blocks {
			for _, instr := range block.Instrs {
				call, ok := instr.(ssa.CallInstruction)
				if !ok {
					continue
				}
				if method := call.Common().Method; method != nil && strings.HasSuffix(method.Name(), "Lock") {
					return true
				}
				if strings.Contains(locks.Called(call.Common()), "Mutex).Try") {
					return true
				}
			}
		}
	}
	return false
}

// takes tells whether the goroutine takes a lock of the same kind anywhere.
func (r *reading) takes(inside map[*ssa.Function]bool, lock locks.Lock) bool {
	for _, acquire := range r.known.Acquires(lock.Class) {
		if inside[acquire.Fn] {
			return true
		}
	}
	return lock.Class == nil
}

// tells tells whether something is sent after an access: then who receives it
// may be meant to see what was written.
func tells(at ssa.Instruction) bool {
	for _, block := range at.Parent().Blocks {
		for _, instr := range block.Instrs {
			for _, op := range channels.Of(instr) {
				if op.Kind != channels.Receive && order.Reaches(at, instr) {
					return true
				}
			}
		}
	}
	return false
}

// together tells whether someone can reach an instruction while the goroutine
// runs: not before it has been started, and not after having waited.
func (r *reading) together(start starts.Start, at ssa.Instruction, seen map[*ssa.Function]bool) bool {
	fn := at.Parent()
	if waited(at, 2) {
		return false
	}
	if starter := start.Site.Parent(); starter == fn {
		return order.Precedes(start.Site, at)
	}
	if seen[fn] {
		return false
	}
	seen[fn] = true
	if r.callers.Open(fn) || len(r.callers.Starts(fn)) > 0 {
		return true
	}
	for _, call := range r.callers.Calls(fn) {
		if _, deferred := call.(*ssa.Defer); !deferred && r.together(start, call, seen) {
			return true
		}
	}
	return false
}

// waited tells whether a way to an instruction waits for others: for a message, or
// for goroutines to end. Who has waited may be told that the state is at rest.
func waited(at ssa.Instruction, depth int) bool {
	for _, block := range at.Parent().Blocks {
		for _, instr := range block.Instrs {
			if instr != at && waits(instr, depth) && order.Reaches(instr, at) {
				return true
			}
		}
	}
	return false
}

func waits(instr ssa.Instruction, depth int) bool {
	for _, op := range channels.Of(instr) {
		if op.Kind == channels.Receive && !serving.Time(op.Chan) {
			return true
		}
	}
	call, ok := instr.(*ssa.Call)
	if !ok {
		return false
	}
	if method := call.Call.Method; method != nil {
		return method.Name() == "Wait"
	}
	callee := access.Callee(call.Common())
	if callee == nil || depth == 0 {
		return false
	}
	if callee.Name() == "Wait" {
		return true
	}
	for _, block := range callee.Blocks {
		for _, instr := range block.Instrs {
			if waits(instr, depth-1) {
				return true
			}
		}
	}
	return false
}
