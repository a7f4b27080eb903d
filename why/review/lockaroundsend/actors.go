package lockaroundsend

import (
	"cmp"
	"go/types"
	"maps"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/acting"
	"github.com/trivet-go/trivet/why/review/internal/callers"
	"github.com/trivet-go/trivet/why/review/internal/locks"
	"github.com/trivet-go/trivet/why/review/internal/rule"
	"github.com/trivet-go/trivet/why/review/internal/source"
)

// asks reports a message to an actor of flow/actors under a lock that others know. A
// Call is sure to wait; a Tell does so when the mailbox is full, so for that a method
// of an actor must take the same lock.
func (c *checker) asks(instr ssa.Instruction, set locks.Set) {
	send, ok := acting.SendOf(instr)
	if !ok {
		return
	}
	held := slices.SortedFunc(maps.Values(set), func(a, b locks.Lock) int { return cmp.Compare(a.Pos, b.Pos) })
	for _, lock := range held {
		if !known(lock.Class) {
			continue
		}
		taken := c.takenByActor(lock)
		if !send.Waits && taken == nil {
			continue
		}
		evidence := []rule.Evidence{rule.At(lock.Pos, "locked here")}
		if taken != nil {
			evidence = append(evidence, rule.At(taken.Call.Pos(), "a method of an actor takes the same lock, which no search for circles among actors sees"))
		}
		what := "the answer of an actor is awaited from "
		if !send.Waits {
			what = "an actor is told "
		}
		rule.Report(c.pass, instr.Pos(), source.Operand(c.pass, lock.Pos, "a lock")+" is held while "+what+source.Operand(c.pass, instr.Pos(), "a message"), evidence...)
		return
	}
}

// known tells whether other functions can come to the lock: it is a field or a
// package variable.
func known(class any) bool {
	switch class.(type) {
	case *types.Var, *ssa.Global:
		return true
	}
	return false
}

// takenByActor is where a method of an actor takes a lock, nil if none is seen to.
func (c *checker) takenByActor(lock locks.Lock) *locks.Acquire {
	for _, m := range c.methods {
		inside := callers.Within(m.Fn)
		for _, take := range c.locks.Acquires(lock.Class) {
			if inside[take.Fn] && take.Call != lock.At && (take.Mode == locks.Write || lock.Mode == locks.Write) {
				return &take
			}
		}
	}
	return nil
}
