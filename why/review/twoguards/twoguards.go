package twoguards

import (
	"fmt"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/callers"
	"github.com/trivet-go/trivet/why/review/internal/channels"
	"github.com/trivet-go/trivet/why/review/internal/locks"
	"github.com/trivet-go/trivet/why/review/internal/rule"
	"github.com/trivet-go/trivet/why/review/internal/serving"
	"github.com/trivet-go/trivet/why/review/internal/source"
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

var Analyzer = rule.Analyzer("two-guards", run, locks.Analyzer, callers.Analyzer, channels.Analyzer, buildssa.Analyzer)

func run(pass *analysis.Pass) error {
	r := reading{
		known:    pass.ResultOf[locks.Analyzer].(*locks.Package),
		callers:  pass.ResultOf[callers.Analyzer].(*callers.Package),
		channels: pass.ResultOf[channels.Analyzer].(*channels.Package),
		guarded:  map[any][]use{},
	}
	for _, fn := range r.known.Funcs {
		r.readGuarded(fn)
	}
	r.checkActors(pass)
	for _, fn := range r.known.Funcs {
		for _, server := range serving.In(fn) {
			r.check(pass, server)
		}
		if server, ok := serving.Offered(fn, r.callers); ok {
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
	guarded  map[any][]use // all accesses of the package under a lock, by state.key
}

// check looks for state that a server uses without the lock that others take for
// it.
func (r *reading) check(pass *analysis.Pass, server serving.Server) {
	inside := callers.Within(server.Entry())
	if unclear(inside) {
		return
	}
	life := r.lifeOf(server.Start)
	for _, own := range r.owned(server, inside) {
		for _, other := range r.guarded[own.state.key()] {
			if own.collides(other) && !inside[other.at.Parent()] && !r.takes(inside, other.lock) &&
				life.meets(other.at, map[*ssa.Function]bool{}) {
				report(pass, server, own, other)
				return
			}
		}
	}
}

// collides tells whether two accesses to the same state do not go together: one
// writes, and not to tell the other.
func (own use) collides(other use) bool {
	if !own.state.meets(other.state) {
		return false
	}
	return own.write || other.write && !tells(other.at)
}

func report(pass *analysis.Pass, server serving.Server, own, other use) {
	rule.Report(pass, source.Position(own.at),
		fmt.Sprintf("%s is %s by the goroutine that receives from %s, without a lock, and %s under %s by others",
			own.state.name(), does(own.write, "written", "read"), source.Operand(pass, server.Receive.Pos, "a channel"),
			does(other.write, "written", "read"), source.Operand(pass, other.lock.Pos, "a lock")),
		rule.At(server.Waits(), "the goroutine receives here"),
		rule.At(other.lock.Pos, "another takes the lock here"),
		rule.At(source.Position(other.at), "and %s under it here", does(other.write, "writes", "reads")))
}

func does(write bool, writes, reads string) string {
	if write {
		return writes
	}
	return reads
}
