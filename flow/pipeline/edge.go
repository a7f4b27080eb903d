package pipeline

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/park"
)

// An edge is the buffer in front of a stage: a ring, with a gate at each end
// that several workers share, and the policy for when it is full.
type edge[T any] struct {
	ring ring[T]

	manyWriters bool
	manyReaders bool // or a writer that drops the oldest
	writers     park.Gate
	readers     park.Gate
	batches     uint64 // taken so far; guarded by readers

	name     string // of the stage that reads
	overflow trivet.Overflow
	hooks    *trivet.Hooks
	dropped  atomic.Int64

	stampEvery uint64 // a power of two, less one
	stampAt    uint64 // position of the stamped item; written by the writer while stamp is 0
	stamp      atomic.Int64
	age        atomic.Int64 // of the last stamped item that was taken
}

func newEdge[T any](st Stage, writers, readers int, hooks *trivet.Hooks) *edge[T] {
	e := &edge[T]{
		name:        st.Name,
		overflow:    st.Overflow,
		hooks:       hooks,
		manyWriters: writers > 1,
		manyReaders: readers > 1 || st.Overflow == trivet.DropOldest,
	}
	e.ring.init(st.buffer())
	for e.stampEvery = 1; e.stampEvery*16 <= e.ring.limit; e.stampEvery *= 2 {
	}
	e.stampEvery--
	return e
}

// put waits for room, or applies the policy. An error means that v was not
// accepted and that the worker must end.
func (e *edge[T]) put(w *worker, v T) error {
	if e.manyWriters {
		if err := e.writers.Enter(w.ctx); err != nil {
			return err
		}
		defer e.writers.Leave()
	}
	if !e.tryHold(v) {
		return e.putFull(w, v)
	}
	e.ring.publish()
	return nil
}

// tryHold is that of the ring, with a stamp for some of the items.
func (e *edge[T]) tryHold(v T) bool {
	if e.ring.put&e.stampEvery == 0 {
		e.stampOne()
	}
	return e.ring.tryHold(v)
}

// holdAll is that of the ring, with a stamp.
func (e *edge[T]) holdAll(all []T) int {
	e.stampOne()
	return e.ring.holdAll(all)
}

// stampOne notes when the next item was put, unless another one with a stamp is
// still inside.
func (e *edge[T]) stampOne() {
	if e.stamp.Load() == 0 {
		e.stampAt = e.ring.put
		e.stamp.Store(time.Now().UnixNano())
	}
}

func (e *edge[T]) putFull(w *worker, v T) error {
	e.ring.publish()
	switch e.overflow {
	case trivet.DropNewest:
		e.drop(1)
		return nil
	case trivet.Refuse:
		return fmt.Errorf("stage %q: the buffer of %d items is full and its overflow policy is %v", e.name, e.ring.limit, e.overflow)
	case trivet.DropOldest:
		return e.putOverOldest(w, v)
	}
	w.blocks()
	defer w.unblocks(&w.stage.backpressured)
	for !e.ring.tryPut(v) {
		if err := e.ring.waitRoom(w.ctx); err != nil {
			return err
		}
	}
	return nil
}

func (e *edge[T]) putOverOldest(w *worker, v T) error {
	for !e.ring.tryPut(v) {
		if err := e.readers.Enter(w.ctx); err != nil {
			return err
		}
		var oldest [1]T
		if !e.ring.hasRoom() {
			e.drop(e.ring.tryTake(oldest[:]))
		}
		e.readers.Leave()
	}
	return nil
}

func (e *edge[T]) drop(n int) {
	e.dropped.Add(int64(n))
	if e.hooks.Drop != nil {
		e.hooks.Drop(trivet.DropInfo{Name: e.name, Policy: e.overflow, Count: n})
	}
}

// take waits for items and moves some into buf; batch numbers the takes, from
// 0. Without items and error the edge is closed and empty.
func (e *edge[T]) take(w *worker, buf []T) (n int, batch uint64, err error) {
	if e.manyReaders {
		return e.takeShared(w, buf)
	}
	n, err = e.takeWithin(w.ctx, w, buf)
	return n, 0, err
}

func (e *edge[T]) takeShared(w *worker, buf []T) (n int, batch uint64, err error) {
	if !e.readers.TryEnter() {
		w.blocks()
		err := e.readers.Enter(w.ctx)
		w.unblocks(&w.stage.starved)
		if err != nil {
			return 0, 0, err
		}
	}
	defer e.readers.Leave()
	share := max(1, e.ring.len()/w.stage.workers) // something for everyone
	if n, err = e.takeWithin(w.ctx, w, buf[:min(len(buf), share)]); n > 0 {
		batch = e.batches
		e.batches++
	}
	return n, batch, err
}

// takeWithin is take with a context of its own, for one reader.
func (e *edge[T]) takeWithin(ctx context.Context, w *worker, buf []T) (n int, err error) {
	if n = e.ring.tryTake(buf); n == 0 {
		if n, err = e.waitTake(ctx, w, buf); n == 0 {
			return 0, err
		}
	}
	if stamp := e.stamp.Load(); stamp != 0 && e.stampAt < e.ring.head.Load() {
		e.age.Store(time.Now().UnixNano() - stamp)
		e.stamp.Store(0)
	}
	return n, nil
}

func (e *edge[T]) waitTake(ctx context.Context, w *worker, buf []T) (int, error) {
	w.blocks()
	defer w.unblocks(&w.stage.starved)
	for {
		closed := e.ring.closed.Load()
		if n := e.ring.tryTake(buf); n > 0 || closed {
			return n, nil
		}
		if err := e.ring.waitItems(ctx); err != nil {
			return 0, err
		}
	}
}

func (e *edge[T]) close() { e.ring.close() }

// fill adds what the edge knows to the sample of the stage that reads it.
func (e *edge[T]) fill(s *Stats) {
	s.Depth += e.ring.len()
	s.Limit += int(e.ring.limit)
	s.Dropped += e.dropped.Load()
	age := time.Duration(e.age.Load())
	if stamp := e.stamp.Load(); stamp != 0 {
		age = max(age, time.Since(time.Unix(0, stamp)))
	}
	s.Age = max(s.Age, age)
}
