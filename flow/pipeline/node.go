package pipeline

import (
	"context"
	"fmt"
)

// A node is a stage in the description: what fills ports.
type node struct {
	stage   Stage
	workers int
	depth   int // stages before it
	outs    []out
	err     error // what is wrong with its settings

	// connect makes the edges that the node reads, and so visits the nodes
	// before it; start starts the workers, once all edges exist.
	connect func(*run)
	start   func(*run, *stageRun)
}

// out is a port of a node, whatever its type, and what tells it apart from the
// node's other ones.
type out struct {
	port any
	name string
}

// A port is where items leave a node.
type port[T any] struct{ node *node }

func addPort[T any](n *node, name string) *port[T] {
	p := &port[T]{n}
	n.outs = append(n.outs, out{p, name})
	return p
}

// newNode makes a node that reads the streams.
func newNode[In any](st Stage, ins ...Stream[In]) *node {
	n := &node{}
	for _, s := range ins {
		n.depth = max(n.depth, s.port.node.depth+1)
	}
	if st.Name == "" {
		st.Name = fmt.Sprintf("stage %d", n.depth)
	}
	if n.err = st.check(); n.err != nil { // nothing will run with it
		st = Stage{Name: st.Name}
	}
	n.stage, n.workers = st, st.workers()
	return n
}

// writers is how many goroutines may put something at the same time.
func (n *node) writers() int {
	if n.ordered() {
		return 1
	}
	return n.workers
}

func (n *node) ordered() bool { return n.stage.Ordered && n.workers > 1 }

// reads lets the workers of n call what handle returns for every batch of
// items: all of one stream, or each of its own. what is named if it is stuck.
func reads[In any](n *node, what any, ins []Stream[In], handle func(*run, *worker) func([]In) error) {
	readsBy(n, what, ins, func(r *run, w *worker, in *edge[In]) error {
		return work(w, in, handle(r, w))
	})
}

// readsBy is reads for stages with a loop of their own.
func readsBy[In any](n *node, what any, ins []Stream[In], loop func(*run, *worker, *edge[In]) error) {
	n.connect = func(r *run) {
		for _, s := range ins {
			e := connect(r, s.port, n.stage, n.workers/len(ins))
			r.known[n].fill = append(r.known[n].fill, e.fill)
		}
	}
	n.start = func(r *run, s *stageRun) {
		if n.ordered() {
			s.order = newOrder(n.workers)
		}
		r.work(s, what, func(w *worker, i int) error {
			return loop(r, w, edgeOf(r, ins[i%len(ins)].port))
		})
	}
}

// work is the loop of a worker: it takes a batch, handles it and takes the
// next.
func work[In any](w *worker, in *edge[In], handle func([]In) error) error {
	size := batchSize{now: w.stage.batch()}
	if in.manyReaders {
		size = batchSize{now: 1, most: min(w.stage.batch(), maxShared)}
	}
	buf := make([]In, max(size.now, size.most))
	for {
		if err := w.order.admit(); err != nil {
			return err
		}
		n, number, err := in.take(w, buf[:size.now])
		if n == 0 {
			return err
		}
		begin := w.mark
		w.order.begin(number)
		if err := handle(buf[:n]); err != nil {
			return err
		}
		if err := w.order.end(); err != nil {
			return err
		}
		clear(buf[:n])
		w.endBatch()
		size.adapt(n, w.mark.Sub(begin))
	}
}

// begins counts an item that is begun now, unless nothing new may start.
func (w *worker) begins() error {
	if w.group.Err() != nil {
		return context.Cause(w.ctx)
	}
	w.in++
	return nil
}
