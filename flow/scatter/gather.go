package scatter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/park"
	"github.com/trivet-go/trivet/internal/spawn"
)

// Rules say how many replies are enough. The zero value waits for all of them,
// and fails when one does.
type Rules struct {
	// Name stands in errors, hooks, traces and profiles.
	Name string

	// Quorum is the number of good replies that are enough: the other shards
	// are cancelled then. 0 means all.
	Quorum int

	// Partial is the number of good replies to go on with when there will be
	// no quorum, because shards have failed or the deadline has passed. 0
	// means that nothing less than the quorum will do.
	Partial int

	// Deadline is how long to wait for the quorum; 0 means as long as the
	// context lives.
	Deadline time.Duration

	// Grace is how long to wait for shards that were cancelled and do not
	// return; 0 means 10 seconds.
	Grace time.Duration
}

// A Shard is one of those who are asked. To ask several replicas of it, make
// Ask with [Replicas].
type Shard[Q, R any] struct {
	Name string // "" means its number, from 0
	Ask  trivet.Step[Q, R]
}

// Shards names steps by their numbers.
func Shards[Q, R any](steps ...trivet.Step[Q, R]) []Shard[Q, R] {
	all := make([]Shard[Q, R], len(steps))
	for i, step := range steps {
		all[i].Ask = step
	}
	return all
}

var (
	// ErrDeadline is the error of a shard that has not replied within
	// [Rules.Deadline].
	ErrDeadline = errors.New("no reply within the deadline")

	// ErrNotNeeded is the error of a shard that was cancelled because there
	// were enough replies, or could not be enough any more.
	ErrNotNeeded = errors.New("not needed any more")
)

// A QuorumError says that too few shards have replied well.
type QuorumError struct {
	Name               string
	Got, Needed, Asked int
	Shards             error // those of the others joined, each a *trivet.StepError with the name of its shard
}

func (e *QuorumError) Error() string {
	name := ""
	if e.Name != "" {
		name = fmt.Sprintf(" %q", e.Name)
	}
	return fmt.Sprintf("scatter%s: %d good replies from %d shards, %d needed: %v", name, e.Got, e.Asked, e.Needed, e.Shards)
}

func (e *QuorumError) Unwrap() error { return e.Shards }

// Gather makes a step that asks all shards the same question at once, and
// merges their replies.
//
// It returns as soon as there are enough good replies, or cannot be any more.
// Shards that are still at work then are cancelled, and waited for: by the
// group whose task calls the step, if there is one, and else before the step
// returns. A shard that ignores this is named in a *trivet.StuckError.
//
// merge is called once, with the replies in the order of the shards.
func Gather[Q, R, A any](rules Rules, merge func(Replies[R]) (A, error), shards ...Shard[Q, R]) trivet.Step[Q, A] {
	if err := rules.check(len(shards)); err != nil {
		return func(context.Context, Q) (none A, _ error) { return none, err }
	}
	shards = append([]Shard[Q, R](nil), shards...)
	for i := range shards {
		if shards[i].Name == "" {
			shards[i].Name = fmt.Sprint(i)
		}
	}
	if rules.Quorum == 0 {
		rules.Quorum = len(shards)
	}
	return func(ctx context.Context, q Q) (A, error) {
		replies, err := ask(ctx, &rules, shards, q)
		if err != nil {
			var none A
			return none, err
		}
		return merge(replies)
	}
}

func (r Rules) check(shards int) error {
	switch {
	case shards == 0:
		return fmt.Errorf("scatter: %q has no shards to ask", r.Name)
	case r.Quorum < 0 || r.Quorum > shards:
		return fmt.Errorf("scatter: a quorum of %d among %d shards: it takes 1 to %[2]d, or 0 for all", r.Quorum, shards)
	case r.Partial < 0 || r.Quorum > 0 && r.Partial > r.Quorum || r.Partial > shards:
		return fmt.Errorf("scatter: partial replies from %d of %d shards: it takes no more than the quorum", r.Partial, shards)
	case r.Deadline < 0 || r.Grace < 0:
		return fmt.Errorf("scatter: a deadline of %v and a grace of %v: no time is negative; 0 means the default", r.Deadline, r.Grace)
	}
	return nil
}

// ask asks the shards and returns what is known when that is enough.
func ask[Q, R any](ctx context.Context, rules *Rules, shards []Shard[Q, R], q Q) (Replies[R], error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	within := ctx
	if rules.Deadline > 0 {
		var cancel context.CancelFunc
		within, cancel = context.WithTimeoutCause(ctx, rules.Deadline, ErrDeadline)
		defer cancel()
	}
	c := newCall(rules, shards, q, trivet.HooksFrom(ctx))
	if scope := spawn.From(ctx); scope != nil {
		c.askIn(scope, within)
	} else {
		c.askAlone(within)
	}
	if !c.enough() && ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return c.verdict()
}

// askAlone waits for every shard, however early the outcome is clear.
func (c *call[Q, R]) askAlone(ctx context.Context) {
	group := spawn.New(ctx, spawn.Rules{Name: c.rules.Name, Grace: c.rules.Grace})
	c.cancel = group.Cancel
	for i := range c.shards {
		group.Start(spawn.Task{Func: c.shards[i].Ask, Run: func(ctx context.Context) error {
			c.askOne(ctx, i)
			return nil
		}})
	}
	err := group.Wait()
	var stuck *trivet.StuckError
	if !errors.As(err, &stuck) {
		err = nil // it says why shards were cancelled, and they themselves say more
	}
	c.close(context.Cause(group.Context()), err)
}

// askIn leaves it to scope, which will wait anyway, to wait for those who are
// late.
func (c *call[Q, R]) askIn(scope *spawn.Group, ctx context.Context) {
	ctx, cancel := context.WithCancelCause(ctx)
	c.cancel, c.decided = cancel, park.NewSpot()
	for i := range c.shards {
		started := scope.Start(spawn.Task{Name: c.rules.Name, Func: c.shards[i].Ask, Run: func(context.Context) error {
			c.askOne(ctx, i)
			return nil
		}})
		if !started {
			break // ctx is done
		}
	}
	c.decided.Park(ctx)
	c.close(context.Cause(ctx), nil)
	cancel(ErrNotNeeded)
}
