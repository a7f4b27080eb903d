package pipeline

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/trivet-go/trivet/internal/park"
)

// An order keeps the order of a stage with several workers. Batches are
// numbered as they are taken. The worker of the batch whose turn it is puts
// its results straight into the next buffer; the others hold theirs, and leave
// them behind when they are done. Whoever ends a turn also puts what those
// after it have left.
type order struct {
	window chan struct{} // one token for each batch that is out

	next atomic.Uint64 // the batch whose turn it is; written under mu
	line park.Line     // workers that hold as much as they may

	mu   sync.Mutex // held for a few instructions, never while putting
	left map[uint64][]func(*worker) error
}

// windowEach is how many batches a worker may be ahead of the slowest one.
const windowEach = 4

// maxHeld is how many results a worker holds for one port; with more it waits
// for its turn. Only a Flow that emits much for one input comes that far.
const maxHeld = 1024

func newOrder(workers int) *order {
	return &order{
		window: make(chan struct{}, windowEach*workers),
		left:   map[uint64][]func(*worker) error{},
	}
}

// A turn is the part of one worker. A nil turn is that of a stage without
// order.
type turn struct {
	order   *order
	worker  *worker
	outlets []interface{ handOver() func(*worker) error }
	number  uint64 // of the batch in hand
	here    bool   // its turn has come, and nothing is held any more
}

// admit waits until one more batch may be out.
func (t *turn) admit() error {
	if t == nil {
		return nil
	}
	select {
	case t.order.window <- struct{}{}:
		return nil
	default:
	}
	t.worker.blocks()
	defer t.worker.unblocks(&t.worker.stage.backpressured)
	select {
	case t.order.window <- struct{}{}:
		return nil
	case <-t.worker.ctx.Done():
		return context.Cause(t.worker.ctx)
	}
}

func (t *turn) begin(number uint64) {
	if t != nil {
		t.number, t.here = number, false
	}
}

// holds reports whether the next result must be held, beside n others.
func (t *turn) holds(n int) (bool, error) {
	switch {
	case t.here:
		return false, nil
	case t.comes():
	case n < maxHeld:
		return true, nil
	default:
		t.worker.blocks()
		err := t.order.line.Wait(t.worker.ctx, t.comes)
		t.worker.unblocks(&t.worker.stage.backpressured)
		if err != nil {
			return true, err
		}
	}
	t.here = true
	return false, t.worker.putAll(t.handOver())
}

func (t *turn) comes() bool { return t.order.next.Load() == t.number }

// end ends the batch in hand.
func (t *turn) end() error {
	if t == nil {
		return nil
	}
	held, here := t.handOver(), t.here
	if !here && t.order.leave(t.number, held) {
		return nil
	}
	for more := true; more; held, more = t.order.pass() {
		if err := t.worker.putAll(held); err != nil {
			return err
		}
		<-t.order.window // a token for each batch; never waits
	}
	return nil
}

// handOver takes what the outlets hold.
func (t *turn) handOver() (held []func(*worker) error) {
	for _, o := range t.outlets {
		if put := o.handOver(); put != nil {
			held = append(held, put)
		}
	}
	return held
}

// leave leaves the results of a batch behind, unless it is that batch's turn.
func (o *order) leave(number uint64, held []func(*worker) error) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.next.Load() == number {
		return false
	}
	o.left[number] = held
	return true
}

// pass gives the turn to the next batch. If its worker has left it is the
// caller who must put what there is.
func (o *order) pass() (held []func(*worker) error, left bool) {
	o.mu.Lock()
	next := o.next.Add(1)
	held, left = o.left[next]
	delete(o.left, next)
	o.mu.Unlock()
	o.line.WakeAll()
	return held, left
}

func (w *worker) putAll(held []func(*worker) error) error {
	for _, put := range held {
		if err := put(w); err != nil {
			return err
		}
	}
	return nil
}
