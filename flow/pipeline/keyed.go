package pipeline

import (
	"hash/maphash"

	"github.com/trivet-go/trivet"
)

// PerKey is [Through] with the order of each key kept: items with the same key
// are handled by the same worker, one after the other; those with other keys at
// the same time. Every worker has its own buffer, of Stage.Buffer items, so a
// few busy keys keep few workers busy.
func PerKey[K comparable, In, Out any](s Stream[In], st Stage, key func(In) K, step trivet.Step[In, Out]) Stream[Out] {
	seed := maphash.MakeSeed()
	workers := uint64(st.workers())
	parts := Branch(s, st.workers(), func(v In) int { return int(maphash.Comparable(seed, key(v)) % workers) })
	n := newNode(st, parts...)
	n.stage.Ordered = false // of the whole; each worker keeps its own
	p := addPort[Out](n, "")
	reads(n, step, parts, func(r *run, w *worker) func([]In) error {
		return through(w, step, outletOf(r, w, p))
	})
	return Stream[Out]{p}
}
