package scatter

import (
	"context"
	"sync"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/park"
)

// A call is one question on its way.
type call[Q, R any] struct {
	rules   *Rules
	hooks   *trivet.Hooks
	shards  []Shard[Q, R]
	q       Q
	cancel  func(error) // of the shards
	decided park.Spot   // gets a token when the outcome is clear; the zero Spot if nobody waits for it

	mu      sync.Mutex // held for a few instructions
	replies Replies[R]
	ended   []bool // by shard; replies are the merge's when the outcome is clear
	good    int
	open    int  // shards that have not replied
	clear   bool // so is the outcome; replies that come later are not looked at
}

func newCall[Q, R any](rules *Rules, shards []Shard[Q, R], q Q, hooks *trivet.Hooks) *call[Q, R] {
	c := &call[Q, R]{rules: rules, hooks: hooks, shards: shards, q: q, open: len(shards)}
	c.replies, c.ended = make(Replies[R], len(shards)), make([]bool, len(shards))
	for i := range shards {
		c.replies[i].Shard = shards[i].Name
	}
	return c
}

func (c *call[Q, R]) askOne(ctx context.Context, i int) {
	value, err := c.shards[i].Ask(ctx, c.q)
	if clear, open := c.book(i, value, err); clear {
		if open {
			c.cancel(ErrNotNeeded)
		}
		if c.decided != (park.Spot{}) {
			c.decided.Unpark()
		}
	}
}

// book notes a reply and reports whether the outcome is clear with it, and
// whether there are shards at work nevertheless.
func (c *call[Q, R]) book(i int, value R, err error) (clear, open bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := &c.replies[i]
	c.ended[i] = true
	if c.clear {
		return false, false
	}
	r.replied = true
	c.open--
	if err != nil {
		r.Err = &trivet.StepError{Name: r.Shard, Err: err}
		if c.hooks.ItemError != nil {
			c.hooks.ItemError(trivet.ItemErrorInfo{Name: r.Shard, Err: err})
		}
	} else {
		r.Value = value
		c.good++
	}
	needed := c.rules.Quorum
	if c.good+c.open < needed && c.rules.Partial > 0 {
		needed = c.rules.Partial
	}
	c.clear = c.good >= c.rules.Quorum || c.good+c.open < needed || c.open == 0
	return c.clear, c.open > 0
}
