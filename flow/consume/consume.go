package consume

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/spawn"
	"github.com/trivet-go/trivet/task/limit"
)

// Queue is where items come from; a *bounded.Queue is one. The consumer must be
// the only one who takes from it, if AwaitIdle is to be exact.
type Queue[T any] interface {
	// TakeUpTo waits for items and moves some into buf. An error means that
	// none was moved: bounded.ErrClosed at the end, the cause of ctx, or one
	// that ends the consumer.
	TakeUpTo(ctx context.Context, buf []T) (int, error)

	// Len is the number of items inside.
	Len() int
}

// Each calls step for every item of queue until the queue is closed and empty,
// or ctx is done. It is New and Run.
func Each[T any](ctx context.Context, queue Queue[T], step func(context.Context, T) error, rules Rules[T]) (Report[T], error) {
	return New(queue, step, rules).Run(ctx)
}

// Consumer works on the items of one queue. Run runs it, once; the other
// methods may be called by other goroutines at any time.
type Consumer[T any] struct {
	queue Queue[T]
	step  func(context.Context, T) error
	rules Rules[T]
	err   error // of the rules
	board *board[T]
	group *spawn.Group
	feed  feed

	begun atomic.Bool
}

// New makes a consumer; nothing runs before Run.
func New[T any](queue Queue[T], step func(context.Context, T) error, rules Rules[T]) *Consumer[T] {
	c := &Consumer[T]{queue: queue, step: step, rules: rules, err: rules.check()}
	c.rules.fill()
	c.board = newBoard(&c.rules)
	return c
}

// Run works until the queue is closed and all of its items are done, and
// returns nil then. If ctx is done first, or something fails that is not the
// fault of one item, it stops the steps that run, waits for them and returns the
// cause; the report has the items that were taken from the queue and not
// finished.
func (c *Consumer[T]) Run(ctx context.Context) (Report[T], error) {
	if c.err != nil {
		return Report[T]{}, c.err
	}
	if c.begun.Swap(true) {
		return Report[T]{}, fmt.Errorf("consume: Run of %q was called before: make a new consumer", c.rules.Name)
	}
	if l := limit.LenderOf(ctx); l != nil && c.rules.Limit != nil {
		l.Lend() // the steps may need what the caller holds
		defer l.TakeBack()
	}
	c.board.hooks = trivet.HooksFrom(ctx)
	c.group = spawn.New(ctx, spawn.Rules{Name: c.rules.Name, Grace: c.rules.Grace})
	c.group.Go(c.feedBoard)
	for range c.rules.Workers {
		c.hire()
	}
	err := c.group.Wait()
	return Report[T]{Stats: c.board.snapshot(), Abandoned: c.board.abandon()}, err
}

// Pause lets no further item begin, until Resume. What runs goes on.
func (c *Consumer[T]) Pause() { c.board.pause(true) }

// Resume takes a Pause back.
func (c *Consumer[T]) Resume() { c.board.pause(false) }

// Stats returns the counts so far.
func (c *Consumer[T]) Stats() Stats { return c.board.snapshot() }

// AwaitIdle waits until the queue is empty and nothing taken from it is left,
// and returns nil then, or when the consumer has ended. It returns the cause of
// ctx if that is done first.
func (c *Consumer[T]) AwaitIdle(ctx context.Context) error {
	for {
		if err := c.board.idle.Wait(ctx, c.board.isEmpty); err != nil {
			return err
		}
		if idle, err := c.feed.isIdle(ctx); idle || err != nil {
			return err
		}
	}
}
