package pipeline

import "fmt"

// Merge is a stream of all items of the streams, as they come. The order
// within each is kept.
func Merge[T any](streams ...Stream[T]) Stream[T] {
	n := newNode(Stage{Name: "merge"}, streams...)
	n.workers = len(streams)
	p := addPort[T](n, "")
	if len(streams) == 0 {
		n.err = fmt.Errorf("pipeline: nothing to merge: Merge needs a stream")
		n.connect = func(*run) {}
		return Stream[T]{p}
	}
	reads(n, nil, streams, func(r *run, w *worker) func([]T) error {
		return each(w, outletOf(r, w, p).put)
	})
	return Stream[T]{p}
}

// Tee makes n streams that get every item of s. The slowest of them sets the
// pace; with an Overflow policy in its first stage it loses items instead.
// The streams share the items: what is behind a pointer must not be changed.
func Tee[T any](s Stream[T], n int) []Stream[T] {
	return split(s, "tee", n, func(outs []*outlet[T]) func(T) error {
		return func(v T) error {
			for _, out := range outs {
				if err := out.put(v); err != nil {
					return err
				}
			}
			return nil
		}
	})
}

// Branch makes n streams and gives every item of s to the one that pick
// returns, from 0 to n-1; another number ends the run with an error. A stream
// that is full holds up the others, unless its first stage has an Overflow
// policy.
func Branch[T any](s Stream[T], n int, pick func(T) int) []Stream[T] {
	return split(s, "branch", n, func(outs []*outlet[T]) func(T) error {
		return func(v T) error {
			i := pick(v)
			if i < 0 || i >= len(outs) {
				return fmt.Errorf("pipeline: branch %d was picked of %d", i, len(outs))
			}
			return outs[i].put(v)
		}
	})
}

// split makes a stage with n ports that hands items on without work.
func split[T any](s Stream[T], name string, n int, route func([]*outlet[T]) func(T) error) []Stream[T] {
	if n < 1 {
		panic(fmt.Sprintf("pipeline: %s into %d streams: it takes 1 or more", name, n))
	}
	nd := newNode(Stage{Name: name}, s)
	streams := make([]Stream[T], n)
	for i := range streams {
		streams[i].port = addPort[T](nd, fmt.Sprintf("%s %d", name, i))
	}
	reads(nd, nil, []Stream[T]{s}, func(r *run, w *worker) func([]T) error {
		outs := make([]*outlet[T], n)
		for i, s := range streams {
			outs[i] = outletOf(r, w, s.port)
		}
		return each(w, route(outs))
	})
	return streams
}

// Evacuate makes two streams of s: items for which the first stage of kept has
// no room go to excess. The order is kept in each.
func Evacuate[T any](s Stream[T]) (kept, excess Stream[T]) {
	n := newNode(Stage{Name: "evacuate"}, s)
	kept, excess = Stream[T]{addPort[T](n, "kept")}, Stream[T]{addPort[T](n, "excess")}
	reads(n, nil, []Stream[T]{s}, func(r *run, w *worker) func([]T) error {
		first, second := outletOf(r, w, kept.port), outletOf(r, w, excess.port)
		return each(w, func(v T) error {
			if first.edge.ring.tryPut(v) {
				w.out++
				return nil
			}
			return second.put(v)
		})
	})
	return kept, excess
}
