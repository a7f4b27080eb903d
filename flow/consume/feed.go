package consume

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/trivet-go/trivet/internal/park"
	"github.com/trivet-go/trivet/state/bounded"
)

// feedBatch is how many items are taken from the queue at once at most.
const feedBatch = 64

// feedBoard moves items from the queue to the board. It is the only goroutine
// that takes from the queue.
func (c *Consumer[T]) feedBoard(ctx context.Context) error {
	defer c.feed.end()
	defer c.board.end()
	buf := make([]T, min(feedBatch, c.rules.Ahead))
	for {
		room, err := c.board.awaitRoom(ctx)
		if err != nil {
			return err
		}
		waiting := c.feed.wait(ctx)
		n, err := c.queue.TakeUpTo(waiting, buf[:min(room, len(buf))])
		c.board.add(buf[:n])
		clear(buf[:n])
		switch {
		case waiting.Err() != nil && ctx.Err() == nil: // somebody asks
			c.feed.report(c.queue.Len() == 0 && c.board.isEmpty())
		case errors.Is(err, bounded.ErrClosed):
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			return fmt.Errorf("consume: queue of %q: %w", c.rules.Name, err)
		}
	}
}

// A feed is how those who wait for an idle consumer ask the goroutine that takes
// from the queue: only while that has no items in hand can anybody know that
// there are none.
type feed struct {
	mu      sync.Mutex
	waiting context.Context // of the goroutine, for the queue
	ask     context.CancelFunc
	asked   bool
	answers int
	idle    bool // the last answer
	ended   bool
	line    park.Line // those who wait for an answer
}

// wait returns the context of the next wait for items. It ends with ctx, and
// when somebody asks.
func (f *feed) wait(ctx context.Context) context.Context {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.waiting == nil || f.waiting.Err() != nil {
		f.waiting, f.ask = context.WithCancel(ctx)
	}
	if f.asked {
		f.ask()
	}
	return f.waiting
}

func (f *feed) report(idle bool) {
	f.mu.Lock()
	f.answers++
	f.asked, f.idle = false, idle
	f.mu.Unlock()
	f.line.WakeAll()
}

func (f *feed) end() {
	f.mu.Lock()
	f.ended = true
	if f.ask != nil {
		f.ask()
	}
	f.mu.Unlock()
	f.line.WakeAll()
}

// isIdle asks. A feed that has ended is idle.
func (f *feed) isIdle(ctx context.Context) (idle bool, err error) {
	f.mu.Lock()
	before := f.answers
	f.asked = true
	if f.ask != nil {
		f.ask()
	}
	f.mu.Unlock()
	err = f.line.Wait(ctx, func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		idle = f.ended || f.idle
		return f.ended || f.answers > before
	})
	return idle, err
}
