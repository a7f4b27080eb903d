package consume

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/spawn"
	"github.com/trivet-go/trivet/task/limit"
)

// hire starts one more worker.
func (c *Consumer[T]) hire() {
	w := &worker[T]{Consumer: c}
	c.group.Start(spawn.Task{Func: c.step, Run: w.run, End: w.end})
}

// A worker takes jobs from the board and handles one after the other.
type worker[T any] struct {
	*Consumer[T]
	hand  []*job[T] // taken and not begun
	ended []*job[T] // finished, which the board does not know yet
	job   *job[T]   // at the step
	lease *lease[T] // of its attempt, if attempts have one
}

func (w *worker[T]) run(ctx context.Context) error {
	defer w.tellEnded()
	var buf [maxHand]*job[T]
	size := handSize{most: 1}
	if w.rules.quick() {
		size.most = maxHand
	}
	for {
		n, err := w.board.take(ctx, buf[:size.next()])
		if n == 0 {
			return err
		}
		begin := time.Now()
		w.hand = buf[:n]
		for len(w.hand) > 0 {
			j := w.hand[0]
			w.hand = w.hand[1:]
			switch err := w.handle(ctx, j); {
			case err == errLate: // somebody else has its place
				return nil
			case err != nil:
				return err
			}
		}
		w.tellEnded()
		size.adapt(n, time.Since(begin))
	}
}

func (w *worker[T]) tellEnded() {
	if len(w.ended) > 0 {
		w.board.finished(w.ended...)
		clear(w.ended)
		w.ended = w.ended[:0]
	}
}

// quick reports whether workers may take several jobs at once: when jobs need
// not be told apart.
func (r *Rules[T]) quick() bool {
	return r.PerKey == nil && r.Priority == nil && r.Visibility == 0
}

// A handSize adapts how many jobs a worker takes at once: many while they are
// cheap, so that taking them costs little; one while they are dear, so that
// none waits behind another one while a worker idles.
type handSize struct{ now, most int }

const (
	maxHand   = 32
	shortHand = 20 * time.Microsecond // a worker should come back after about this time
	longHand  = 100 * time.Microsecond
)

func (h *handSize) next() int {
	h.now = max(h.now, 1)
	return h.now
}

func (h *handSize) adapt(n int, took time.Duration) {
	switch {
	case took > longHand:
		h.now = max(1, h.now/2)
	case took < shortHand && n == h.now:
		h.now = min(h.most, 2*h.now)
	}
}

// end is called when run has returned, or could not because the step has ended
// its goroutine. That is the fault of the item: somebody else takes the place.
func (w *worker[T]) end(err error) error {
	if !errors.Is(err, trivet.ErrGoexit) || w.job == nil {
		return err
	}
	if w.lease != nil && !w.lease.end() {
		return nil // somebody has it already
	}
	w.board.giveBack(w.hand)
	w.board.failed(w.job, trivet.ErrGoexit)
	w.hire()
	return nil
}

// handle tries a job once, or puts it aside. An error ends the consumer.
func (w *worker[T]) handle(ctx context.Context, j *job[T]) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if j.aside {
		return w.putAside(ctx, j)
	}
	if w.rules.Limit != nil {
		if err := w.rules.Limit.Acquire(ctx, 1); err != nil {
			return err
		}
		held := w.rules.Limit.Hold(ctx, 1)
		defer w.leaveLimit(held, w.limitClock())
		ctx = held
	}
	w.job = j
	err := w.attempt(ctx, j)
	w.job, w.lease = nil, nil
	switch {
	case err == errLate: // the job is not this worker's any more
		return err
	case err == nil:
		w.ended = append(w.ended, j)
		if w.rules.quick() {
			return nil
		}
		w.tellEnded()
		return nil
	case ctx.Err() != nil: // says nothing about the item
		return context.Cause(ctx)
	}
	w.board.failed(j, err)
	return nil
}

// limitClock returns the time, if the limit wants to know how long a step takes.
func (w *worker[T]) limitClock() (now time.Time) {
	if w.rules.Limit.Adapts() {
		now = time.Now()
	}
	return now
}

func (w *worker[T]) leaveLimit(held *limit.Held, begin time.Time) {
	if begin.IsZero() {
		held.End(0, false)
	} else {
		held.End(max(1, time.Since(begin)), false)
	}
}

// attempt calls the step once.
func (w *worker[T]) attempt(ctx context.Context, j *job[T]) error {
	item := j.item
	if w.rules.Visibility == 0 {
		return w.call(ctx, item)
	}
	w.lease = w.grant(ctx, j) // j may be somebody else's from here on
	err := w.call(w.lease.ctx, item)
	if !w.lease.end() {
		return errLate
	}
	return err
}

// call turns a panic of the step into an error.
func (w *worker[T]) call(ctx context.Context, item T) (err error) {
	returned := false
	defer func() {
		if !returned {
			if v := recover(); v != nil {
				err = spawn.Failure(v)
			}
		}
	}()
	err = w.step(ctx, item)
	returned = true
	return err
}

// putAside delivers a dead letter.
func (w *worker[T]) putAside(ctx context.Context, j *job[T]) error {
	letter := Letter[T]{Item: j.item, Tries: j.tries, Errs: j.errs, Since: j.since}
	if w.rules.DeadLetters != nil {
		if err := w.rules.DeadLetters(ctx, letter); err != nil {
			return fmt.Errorf("consume: dead letters of %q: %w", w.rules.Name, err)
		}
	}
	if w.board.hooks.DeadLetter != nil {
		w.board.hooks.DeadLetter(trivet.DeadLetterInfo{Name: w.rules.Name, Tries: letter.Tries, Err: letter.Err()})
	}
	w.board.dead(j)
	return nil
}
