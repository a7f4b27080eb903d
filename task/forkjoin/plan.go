package forkjoin

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/task/stealing"
)

// A Plan is divide and conquer as data: a problem that is small is solved,
// another one is split, and the solutions of its parts are joined. Small, Split
// and Join only compute; Solve may fail.
type Plan[In, Out any] struct {
	Name  string // stands in traces and errors
	Small func(In) bool
	Split func(In) []In // into one part at least
	Solve trivet.Step[In, Out]
	Join  func([]Out) Out // in the order of the parts
}

// Step returns the Plan as a step, for a pipeline, a consumer or an actor. Each
// call is a run, unless its context belongs to one. The first error of Solve
// ends the run and is what the step returns.
func (p Plan[In, Out]) Step() trivet.Step[In, Out] {
	if p.Small == nil || p.Split == nil || p.Solve == nil || p.Join == nil {
		panic(fmt.Sprintf("forkjoin: plan %q: Small, Split, Solve and Join are all needed", p.Name))
	}
	return func(ctx context.Context, in In) (Out, error) {
		if p.Name != "" {
			ctx = stealing.Named(ctx, p.Name)
		}
		return Recurse(ctx, p.solve, in)
	}
}

func (p *Plan[In, Out]) solve(c *Branch[In, Out], in In) Out {
	if p.Small(in) {
		out, err := p.Solve(c, in)
		if err != nil {
			c.Fail(err)
		}
		return out
	}
	parts := p.Split(in)
	if len(parts) == 0 {
		c.Fail(fmt.Errorf("forkjoin: plan %q: Split returned no parts of %v", p.Name, in))
	}
	last := len(parts) - 1
	forks := make([]Forked, last)
	for i := last; i > 0; i-- { // the youngest fork is joined first
		forks[i-1] = c.Fork(parts[i])
	}
	outs := make([]Out, len(parts))
	outs[0] = p.solve(c, parts[0])
	for i, f := range forks {
		outs[i+1] = c.Join(f)
	}
	return p.Join(outs)
}
