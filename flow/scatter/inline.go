package scatter

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/trivet-go/trivet/internal/spawn"
)

// inline is one call of replicas whose first request runs on the caller's
// goroutine. The others, if it comes to them, are one task of a group.
type inline[Q, R any] struct {
	*hedger[Q, R]
	ctx    context.Context
	q      Q
	cancel context.CancelCauseFunc // of the first request

	mu     sync.Mutex // held for a few instructions
	over   bool       // the first request has ended: no other one is to begin
	others *spawn.Group
	won    bool // by one of the others, with value
	value  R
	err    error // of the others
}

func (g *hedger[Q, R]) askInline(ctx context.Context, q Q) (R, error) {
	if ctx.Err() != nil {
		var none R
		return none, context.Cause(ctx)
	}
	g.budget.payIn()
	c := &inline[Q, R]{hedger: g, ctx: ctx, q: q}
	wait := g.patience()
	if wait == 0 || len(g.replicas) == 1 {
		return c.first(ctx, nil)
	}
	first, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c.cancel = cancel
	return c.first(first, time.AfterFunc(wait, c.hedge))
}

// first makes the first request, and the others after it if it fails.
func (c *inline[Q, R]) first(ctx context.Context, hedging *time.Timer) (R, error) {
	var begin time.Time
	if c.After == 0 {
		begin = time.Now()
	}
	value, err := c.ask(ctx, hedging)
	if c.After == 0 {
		c.learn(time.Since(begin))
	}
	c.mu.Lock()
	c.over = true
	others := c.others
	c.mu.Unlock()
	switch {
	case others == nil && err == nil:
		return value, nil
	case others == nil:
		return c.failOver(err)
	}
	if err == nil {
		others.Cancel(ErrNotNeeded)
	}
	c.tellStuck(c.ctx, others.Wait())
	if err == nil {
		return value, nil
	}
	return c.second(err)
}

// second returns what came of the others, after the first has failed with err.
func (c *inline[Q, R]) second(err error) (none R, _ error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.won:
		return c.value, nil
	case c.ctx.Err() != nil:
		return none, context.Cause(c.ctx)
	}
	return none, errors.Join(err, c.err)
}

// ask joins the others if the replica panics.
func (c *inline[Q, R]) ask(ctx context.Context, hedging *time.Timer) (value R, err error) {
	returned := false
	defer func() {
		if hedging != nil {
			hedging.Stop()
		}
		if !returned {
			c.abandon()
		}
	}()
	value, err = c.replicas[0](ctx, c.q)
	returned = true
	return value, err
}

func (c *inline[Q, R]) abandon() {
	c.mu.Lock()
	c.over = true
	others := c.others
	c.mu.Unlock()
	if others != nil {
		others.Cancel(ErrNotNeeded)
		c.tellStuck(c.ctx, others.Wait())
	}
}

// hedge asks the other replicas; the first request takes too long.
func (c *inline[Q, R]) hedge() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over || c.ctx.Err() != nil || !c.budget.spend() {
		return
	}
	c.others = spawn.New(c.ctx, spawn.Rules{Name: c.Name, Grace: c.Grace})
	c.others.Start(spawn.Task{Func: c.replicas[1], Run: func(ctx context.Context) error {
		value, cancel, err := c.rest.race(ctx, c.q)
		c.mu.Lock()
		c.value, c.err, c.won = value, err, err == nil
		c.mu.Unlock()
		if err == nil {
			cancel(nil)
		}
		if err == nil || ctx.Err() != nil { // won, or a replica has panicked
			c.cancel(ErrNotNeeded)
		}
		return nil
	}})
}

// failOver asks the other replicas after the first has failed.
func (c *inline[Q, R]) failOver(err error) (none R, _ error) {
	if c.ctx.Err() != nil {
		return none, context.Cause(c.ctx)
	}
	if len(c.replicas) == 1 || !c.budget.spend() {
		return none, err
	}
	value, cancel, more := c.rest.race(c.ctx, c.q)
	if more != nil {
		return none, errors.Join(err, more)
	}
	cancel(nil)
	return value, nil
}
