package pipeline

import (
	"context"
	"fmt"
	"time"
)

// Batch makes slices of size items. A slice is handed on with fewer when wait
// has passed since its first item, and at the end; with a wait of 0 whenever
// no further item is there. Each slice is the receiver's own.
// It is the work of one worker.
func Batch[T any](s Stream[T], st Stage, size int, wait time.Duration) Stream[[]T] {
	st.Workers = 1
	n := newNode(st, s)
	if size < 1 || wait < 0 {
		n.err = fmt.Errorf("pipeline: stage %q: batches of %d items within %v: it takes 1 or more, and no negative time", n.stage.Name, size, wait)
	}
	p := addPort[[]T](n, "")
	readsBy(n, nil, []Stream[T]{s}, func(r *run, w *worker, in *edge[T]) error {
		out := outletOf(r, w, p)
		for {
			batch, err := nextBatch(w, in, size, wait)
			if len(batch) == 0 {
				return err
			}
			w.in += int64(len(batch))
			if err := out.put(batch); err != nil {
				return err
			}
			w.endBatch()
		}
	})
	return Stream[[]T]{p}
}

// nextBatch returns an empty batch at the end. It makes room as it needs it: size
// may be much more than what comes within the time.
func nextBatch[T any](w *worker, in *edge[T], size int, wait time.Duration) ([]T, error) {
	batch := make([]T, min(size, DefaultBatch))
	n, _, err := in.take(w, batch)
	if n == 0 || n == size {
		return batch[:n], err
	}
	patience, cancel := context.WithTimeout(w.ctx, wait)
	defer cancel()
	for n < size {
		if n == len(batch) {
			batch = append(batch, make([]T, min(size, 2*n)-n)...)
		}
		more, _ := in.takeWithin(patience, w, batch[n:])
		if more == 0 && w.cancelled() {
			return nil, context.Cause(w.ctx)
		}
		if more == 0 { // the time is up, or the stream at its end
			break
		}
		n += more
	}
	return batch[:n], nil
}
