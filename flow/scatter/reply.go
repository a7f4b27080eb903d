package scatter

import (
	"errors"
	"iter"

	"github.com/trivet-go/trivet"
)

// A Reply is what came from one shard.
type Reply[R any] struct {
	Shard string
	Value R     // if Err is nil
	Err   error // a *trivet.StepError with the name of the shard

	replied bool // in time
}

// Replies are those of all shards, in their order.
type Replies[R any] []Reply[R]

// Good yields the values of the shards that have replied well, by shard.
func (r Replies[R]) Good() iter.Seq2[string, R] {
	return func(yield func(string, R) bool) {
		for _, reply := range r {
			if reply.Err == nil && !yield(reply.Shard, reply.Value) {
				return
			}
		}
	}
}

// Missing returns the names of the shards without a good reply.
func (r Replies[R]) Missing() (names []string) {
	for _, reply := range r {
		if reply.Err != nil {
			names = append(names, reply.Shard)
		}
	}
	return names
}

// Err joins the errors of the shards.
func (r Replies[R]) Err() error {
	var errs []error
	for _, reply := range r {
		errs = append(errs, reply.Err)
	}
	return errors.Join(errs...)
}

// close ends the call. Shards that have not replied get the cause, and those
// that have not even ended the error that says so.
func (c *call[Q, R]) close(cause error, stuck error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear = true
	for i := range c.replies {
		r := &c.replies[i]
		switch {
		case r.replied:
		case c.ended[i] || stuck == nil:
			r.Err = &trivet.StepError{Name: r.Shard, Err: cause}
		default:
			r.Err = &trivet.StepError{Name: r.Shard, Err: stuck}
		}
	}
}

func (c *call[Q, R]) enough() bool { return c.good >= c.rules.Quorum }

func (c *call[Q, R]) verdict() (Replies[R], error) {
	if c.enough() || c.rules.Partial > 0 && c.good >= c.rules.Partial {
		return c.replies, nil
	}
	needed := c.rules.Quorum
	if c.rules.Partial > 0 {
		needed = c.rules.Partial
	}
	return nil, &QuorumError{
		Name:   c.rules.Name,
		Got:    c.good,
		Needed: needed,
		Asked:  len(c.shards),
		Shards: c.replies.Err(),
	}
}
