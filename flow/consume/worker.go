package consume

import (
	"context"
	"errors"
	"fmt"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/spawn"
)

// hire starts one more worker.
func (c *Consumer[T]) hire() {
	w := &worker[T]{Consumer: c}
	c.mu.Lock()
	c.workers++
	c.mu.Unlock()
	c.group.Start(spawn.Task{Func: c.step, Run: w.run, End: w.end})
}

// A worker takes jobs from the board, one after the other.
type worker[T any] struct {
	*Consumer[T]
	job   *job[T]   // in hand
	lease *lease[T] // of its attempt, if attempts have one
}

func (w *worker[T]) run(ctx context.Context) error {
	for {
		j, err := w.board.take(ctx)
		if j == nil {
			return err
		}
		if err := w.handle(ctx, j); err != nil {
			return err
		}
		if w.surplus() {
			return nil
		}
	}
}

// surplus reports whether the worker is one too many: another one was hired
// when it did not come back in time.
func (w *worker[T]) surplus() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.workers <= w.rules.Workers {
		return false
	}
	w.workers--
	return true
}

// end is called when run has returned, or could not because the step has ended
// its goroutine. That is the fault of the item: somebody else takes the place.
func (w *worker[T]) end(err error) error {
	if !errors.Is(err, trivet.ErrGoexit) || w.job == nil {
		return err
	}
	j, late := w.job, w.lease != nil && !w.lease.end()
	w.mu.Lock()
	w.workers--
	w.mu.Unlock()
	if !late {
		w.board.failed(j, trivet.ErrGoexit)
	}
	w.hire()
	return nil
}

// handle tries a job once, or puts it aside. An error ends the consumer.
func (w *worker[T]) handle(ctx context.Context, j *job[T]) error {
	if j.aside {
		return w.putAside(ctx, j)
	}
	if w.rules.Limit != nil {
		if err := w.rules.Limit.Acquire(ctx, 1); err != nil {
			return err
		}
		defer w.rules.Limit.Release(1)
	}
	w.job = j
	err := w.attempt(ctx, j)
	w.job, w.lease = nil, nil
	switch {
	case err == errLate: // the job is not this worker's any more
		return nil
	case err == nil:
		w.board.settled(j, false)
		return nil
	case ctx.Err() != nil: // says nothing about the item
		return context.Cause(ctx)
	}
	w.board.failed(j, err)
	return nil
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
	w.board.settled(j, true)
	return nil
}
