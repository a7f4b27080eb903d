package scatter

import (
	"context"
	"fmt"
	"time"

	"github.com/trivet-go/trivet"
)

// Hedge says when to ask a further replica while one is at work already. The
// idea and its effect on the tail are from Dean and Barroso, The Tail at Scale
// (2013). The zero value asks a second one when the first takes longer than 95
// of 100 did lately, for at most 5 more requests in 100.
type Hedge struct {
	// Name stands in errors, hooks, traces and profiles.
	Name string

	// After is how long to wait for a replica before the next one is asked
	// too; 0 means as long as the part Quantile of all requests took lately.
	// Until 32 requests have been made nothing is known, and none is hedged.
	After    time.Duration
	Quantile float64 // 0 means 0.95

	// Budget is how many extra requests there may be for one call; 0 means
	// 0.05. A request that is made because one has failed is an extra one too.
	// No request under way is ever cut off for the budget.
	Budget float64

	// Inline makes the first request on the caller's own goroutine, which
	// saves starting another one. It is for replicas that return promptly when
	// their context is done: the call cannot return before the first request
	// has, even if another one was faster.
	Inline bool

	// Grace is how long to wait for replicas that were cancelled and do not
	// return; 0 means 10 seconds.
	Grace time.Duration
}

// Replicas makes a step out of several that answer the same: it asks the first,
// and when that takes long or fails the next, until one has answered well. The
// others are cancelled, and waited for: by the group whose task calls the step,
// if there is one, and else before the step returns.
//
// If none answers well their errors are joined. The step is a good shard for
// [Gather].
func Replicas[Q, R any](h Hedge, replicas ...trivet.Step[Q, R]) trivet.Step[Q, R] {
	g, err := newHedger(h, replicas)
	switch {
	case err != nil:
		return func(context.Context, Q) (none R, _ error) { return none, err }
	case h.Inline:
		return g.askInline
	}
	return g.askSpawned
}

// hedger is what the calls of one Replicas share.
type hedger[Q, R any] struct {
	Hedge
	replicas []trivet.Step[Q, R]
	rest     *hedger[Q, R] // for all but the first replica
	extra    bool          // so are its requests
	budget   *budget
	lately   *latencies
}

func newHedger[Q, R any](h Hedge, replicas []trivet.Step[Q, R]) (*hedger[Q, R], error) {
	if h.Quantile == 0 {
		h.Quantile = 0.95
	}
	if h.Budget == 0 {
		h.Budget = 0.05
	}
	switch {
	case len(replicas) == 0:
		return nil, fmt.Errorf("scatter: %q has no replicas to ask", h.Name)
	case h.After < 0 || h.Grace < 0:
		return nil, fmt.Errorf("scatter: to hedge after %v with a grace of %v: no time is negative; 0 means the default", h.After, h.Grace)
	case !(h.Quantile > 0 && h.Quantile < 1):
		return nil, fmt.Errorf("scatter: to hedge after the quantile %v: it is between 0 and 1", h.Quantile)
	case !(h.Budget > 0 && h.Budget <= 100):
		return nil, fmt.Errorf("scatter: a budget of %v extra requests a call: it is between 0 and 100", h.Budget)
	}
	g := &hedger[Q, R]{
		Hedge:    h,
		replicas: append([]trivet.Step[Q, R](nil), replicas...),
		budget:   newBudget(h.Budget),
		lately:   &latencies{quantile: h.Quantile},
	}
	rest := *g
	rest.replicas, rest.extra = rest.replicas[1:], true
	g.rest = &rest
	return g, nil
}

// patience is how long to wait before the next replica is asked; 0 means for
// ever.
func (g *hedger[Q, R]) patience() time.Duration {
	if g.After > 0 {
		return g.After
	}
	return time.Duration(g.lately.trigger.Load())
}

// learn notes how long the first request took, or took until it was not needed
// any more.
func (g *hedger[Q, R]) learn(took time.Duration) {
	if g.After == 0 && !g.extra {
		g.lately.add(took)
	}
}
