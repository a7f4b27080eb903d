package pipeline

import "context"

// An outlet is where one worker puts what goes to one port.
type outlet[T any] struct {
	worker  *worker
	edge    *edge[T]
	alone   bool          // nobody else puts into the edge, and no order is to be kept
	held    []T           // results of a batch whose turn has not come
	emit    func(T) error // put, for functions of the user
	refused error         // what emit returned first, other than nil
}

func outletOf[T any](r *run, w *worker, p *port[T]) *outlet[T] {
	o := &outlet[T]{worker: w, edge: edgeOf(r, p)}
	o.emit = func(v T) error {
		if o.refused == nil {
			o.refused = o.put(v)
		}
		return o.refused
	}
	if w.order != nil {
		w.order.outlets = append(w.order.outlets, o)
	}
	o.alone = w.order == nil && !o.edge.manyWriters
	return o
}

// put puts v into the edge, or holds it until the batch has its turn.
func (o *outlet[T]) put(v T) error {
	if !o.alone {
		return o.putInTurn(v)
	}
	o.worker.out++
	if !o.edge.tryHold(v) {
		return o.edge.putFull(o.worker, v)
	}
	o.edge.ring.publish()
	return nil
}

// putSoon is put for results that the reader need not see at once. The caller
// must not wait for anything before it has called publish.
func (o *outlet[T]) putSoon(v T) error {
	if !o.alone {
		return o.putInTurn(v)
	}
	o.worker.out++
	if !o.edge.tryHold(v) {
		return o.edge.putFull(o.worker, v)
	}
	if o.edge.ring.items.sleeps.Load() {
		o.edge.ring.publish()
	}
	return nil
}

// putAllSoon is putSoon for many.
func (o *outlet[T]) putAllSoon(all []T) error {
	for len(all) > 0 {
		n := 0
		if o.alone {
			n = o.edge.holdAll(all)
			o.worker.out += int64(n)
			o.publish()
		}
		if all = all[n:]; len(all) > 0 {
			if err := o.putSoon(all[0]); err != nil {
				return err
			}
			all = all[1:]
		}
	}
	return nil
}

// publish shows the reader what putSoon has put.
func (o *outlet[T]) publish() {
	if o.alone {
		o.edge.ring.publish()
	}
}

func (o *outlet[T]) putInTurn(v T) error {
	if o.worker.order != nil {
		if hold, err := o.worker.order.holds(len(o.held)); hold || err != nil {
			o.held = append(o.held, v)
			return err
		}
	}
	o.worker.out++
	return o.edge.put(o.worker, v)
}

// handOver takes what is held away from the outlet and returns a function that
// puts it, called by the worker whose turn it is then.
func (o *outlet[T]) handOver() func(*worker) error {
	held, edge := o.held, o.edge
	if len(held) == 0 {
		return nil
	}
	o.held = nil
	return func(w *worker) error {
		for _, v := range held {
			if w.cancelled() {
				return context.Cause(w.ctx)
			}
			w.out++
			if err := edge.put(w, v); err != nil {
				return err
			}
		}
		return nil
	}
}
