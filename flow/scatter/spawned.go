package scatter

import (
	"context"
	"errors"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/spawn"
)

// A race is one call of replicas whose requests have goroutines of their own.
type race[Q, R any] struct {
	*hedger[Q, R]
	ctx     context.Context
	q       Q
	scope   *spawn.Group // whose tasks the requests are
	own     *spawn.Group // scope, if it was made for this call
	cancels []context.CancelCauseFunc
	ended   chan attempt[R] // has room for all
}

// attempt is how one request ended.
type attempt[R any] struct {
	number int
	value  R
	err    error
}

func (g *hedger[Q, R]) askSpawned(ctx context.Context, q Q) (value R, err error) {
	g.budget.payIn()
	winner, cancel, err := g.race(ctx, q)
	if err != nil {
		return value, err
	}
	cancel(nil)
	return winner, nil
}

// race returns the first good answer, and what cancels the context of the
// request that gave it.
func (g *hedger[Q, R]) race(ctx context.Context, q Q) (value R, cancel context.CancelCauseFunc, err error) {
	if ctx.Err() != nil {
		return value, nil, context.Cause(ctx)
	}
	c := &race[Q, R]{hedger: g, ctx: ctx, q: q, ended: make(chan attempt[R], len(g.replicas))}
	if c.scope = spawn.From(ctx); c.scope == nil {
		c.own = spawn.New(ctx, spawn.Rules{Name: g.Name, Grace: g.Grace})
		c.scope = c.own
	}
	winner, err := c.run()
	for i, cancel := range c.cancels {
		if err != nil || i != winner.number {
			cancel(ErrNotNeeded)
		}
	}
	if c.own != nil {
		c.join()
	}
	if err != nil {
		return value, nil, err
	}
	return winner.value, c.cancels[winner.number], nil
}

// run asks replicas until one has answered well, or all have failed.
func (c *race[Q, R]) run() (attempt[R], error) {
	begin := time.Now()
	defer func() { c.learn(time.Since(begin)) }()
	c.start()
	var impatient <-chan time.Time
	if wait := c.patience(); wait > 0 && len(c.replicas) > 1 {
		ticker := time.NewTicker(wait)
		defer ticker.Stop()
		impatient = ticker.C
	}
	var errs []error
	for {
		select {
		case a := <-c.ended:
			if a.err == nil {
				return a, nil
			}
			errs = append(errs, a.err)
			if !c.more() && len(errs) == len(c.cancels) {
				return a, errors.Join(errs...)
			}
		case <-impatient:
			c.more()
		case <-c.scope.Context().Done(): // the caller's, or a replica has panicked
			return attempt[R]{}, context.Cause(c.scope.Context())
		case <-c.ctx.Done():
			return attempt[R]{}, context.Cause(c.ctx)
		}
	}
}

// more asks one more replica, if there is one and the budget allows it.
func (c *race[Q, R]) more() bool {
	if len(c.cancels) == len(c.replicas) || !c.budget.spend() {
		return false
	}
	c.start()
	return true
}

func (c *race[Q, R]) start() {
	ctx, cancel := context.WithCancelCause(c.ctx)
	number := len(c.cancels)
	replica := c.replicas[number]
	c.cancels = append(c.cancels, cancel)
	c.scope.Start(spawn.Task{Name: c.Name, Func: replica, Run: func(context.Context) error {
		value, err := replica(ctx, c.q)
		c.ended <- attempt[R]{number, value, err} // has room
		return nil
	}})
}

// join waits for the requests that have lost. One that does not come back
// cannot take the answer of another one away, but is told.
func (c *race[Q, R]) join() {
	c.own.Cancel(ErrNotNeeded)
	c.tellStuck(c.ctx, c.own.Wait())
}

func (h Hedge) tellStuck(ctx context.Context, err error) {
	var stuck *trivet.StuckError
	if hooks := trivet.HooksFrom(ctx); hooks.ItemError != nil && errors.As(err, &stuck) {
		hooks.ItemError(trivet.ItemErrorInfo{Name: h.Name, Err: err})
	}
}
