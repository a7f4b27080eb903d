package mapreduce

import (
	"bytes"
	"context"
	"slices"

	"github.com/trivet-go/trivet/task/forkjoin"
)

// A share is the results of one partition of the keys.
type share[K comparable, R any] struct {
	keys    []K
	results []R
	bytes   [][]byte // of the keys, if sorted
}

const (
	partitionBits = 6

	// few keys are merged at once, by one worker.
	fewKeys = 4 << 10
)

// mergeAll merges the tables of all workers, partition by partition.
func (r *run[In, K, V, R]) mergeAll(ctx context.Context, sorted bool) ([]share[K, R], error) {
	keys, bits := 0, 0
	for _, o := range r.outs {
		keys += o.used
	}
	if keys > fewKeys {
		bits = partitionBits
	}
	shares := make([]share[K, R], 1<<bits)
	errs := make([]error, len(shares))
	err := forkjoin.For(ctx, len(shares), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			shares[i], errs[i] = r.merge(uint64(i), bits, sorted)
		}
	})
	if err != nil {
		return nil, err
	}
	for _, err := range errs {
		if err != nil {
			return nil, r.wrap(err)
		}
	}
	return shares, nil
}

// merge merges one partition of the tables, and reduces it.
func (r *run[In, K, V, R]) merge(p uint64, bits int, sorted bool) (s share[K, R], err error) {
	var slots []*slot[V]
	note := func(slot *slot[V]) { slots = append(slots, slot) }
	var t *table[V]
	if len(r.outs) == 1 {
		t = &r.outs[0].table
		t.partition(p, bits, note)
	} else {
		used := 0
		for _, o := range r.outs {
			used = max(used, o.used>>bits)
		}
		t = newTable[V](r.seeds.others(), used+used/4)
		for _, o := range r.outs {
			o.partition(p, bits, func(slot *slot[V]) { t.absorb(&o.table, slot, r.Combine) })
		}
		t.partition(0, 0, note)
	}
	if sorted {
		t.sort(slots)
	}
	s.keys, s.results = make([]K, len(slots)), make([]R, len(slots))
	if sorted {
		s.bytes = make([][]byte, len(slots))
	}
	var scratch [inWords]byte
	for i, slot := range slots {
		b := t.key(slot, &scratch)
		if s.keys[i], err = r.Codec.Key.Read(b); err != nil {
			return s, err
		}
		s.results[i] = r.Reduce(s.keys[i], slot.value)
		if sorted {
			s.bytes[i] = bytes.Clone(b)
		}
	}
	return s, nil
}

// sort sorts slots of the table by their keys.
func (t *table[V]) sort(slots []*slot[V]) {
	slices.SortFunc(slots, t.compare)
}

func (t *table[V]) compare(a, b *slot[V]) int {
	var first, second [inWords]byte
	return bytes.Compare(t.key(a, &first), t.key(b, &second))
}

// yieldAll yields what the shares hold, one after the other, or merged if they are
// sorted.
func yieldAll[K comparable, R any](shares []share[K, R], sorted bool, yield func(K, R) bool) {
	if sorted && len(shares) > 1 {
		yieldSorted(shares, yield)
		return
	}
	for _, s := range shares {
		for i, k := range s.keys {
			if !yield(k, s.results[i]) {
				return
			}
		}
	}
}

func yieldSorted[K comparable, R any](shares []share[K, R], yield func(K, R) bool) {
	var heads heads
	for i, s := range shares {
		if len(s.keys) > 0 {
			heads = append(heads, head{s.bytes[0], i})
		}
	}
	heads.init()
	next := make([]int, len(shares))
	for len(heads) > 0 {
		i := heads[0].from
		s := &shares[i]
		if !yield(s.keys[next[i]], s.results[next[i]]) {
			return
		}
		next[i]++
		if next[i] == len(s.keys) {
			heads.pop()
			continue
		}
		heads[0].key = s.bytes[next[i]]
		heads.down(0)
	}
}

// heads is a heap of the first keys of several sorted sequences. Of equal keys the
// one that stands first among the sequences comes first.
type heads []head

type head struct {
	key  []byte
	from int
}

func (h heads) less(i, j int) bool {
	c := bytes.Compare(h[i].key, h[j].key)
	return c < 0 || c == 0 && h[i].from < h[j].from
}

func (h heads) init() {
	for i := len(h)/2 - 1; i >= 0; i-- {
		h.down(i)
	}
}

// down moves the head at i, which may have become larger, to its place.
func (h heads) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && h.less(child+1, child) {
			child++
		}
		if !h.less(child, i) {
			return
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}

// pop removes the first head.
func (h *heads) pop() {
	last := len(*h) - 1
	(*h)[0] = (*h)[last]
	*h = (*h)[:last]
	h.down(0)
}
