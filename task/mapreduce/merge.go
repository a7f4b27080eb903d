package mapreduce

import (
	"context"
	"errors"
)

// A share is the results of one partition of the keys.
type share[K comparable, R any] struct {
	keys    []K
	results []R
	bytes   []byte // of the keys, one after the other, if shares are to be merged
	ends    []int  // of each key in bytes
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
	err := r.each(ctx, len(shares), func(i int) (err error) {
		shares[i], err = r.merge(uint64(i), bits, sorted)
		return err
	})
	return shares, err
}

// merge merges one partition of the tables, and reduces it.
func (r *run[In, K, V, R]) merge(p uint64, bits int, sorted bool) (s share[K, R], err error) {
	t, slots := r.gather(p, bits)
	if sorted {
		t.sort(slots)
	}
	s.grow(len(slots), sorted && bits > 0)
	var scratch [inWords]byte
	for _, slot := range slots {
		if err := r.reduce(&s, t.key(slot.slot, &scratch), slot.slot.value); err != nil {
			return s, err
		}
	}
	return s, nil
}

// gather returns the slots of one partition, and the table that they are in.
func (r *run[In, K, V, R]) gather(p uint64, bits int) (t *table[V], slots []ranked[V]) {
	note := func(s *slot[V]) { slots = append(slots, t.rank(s)) }
	if len(r.outs) == 1 {
		t = &r.outs[0].table
		t.partition(p, bits, note)
		return t, slots
	}
	most := 0
	for _, o := range r.outs {
		most = max(most, o.used>>bits)
	}
	t = newTable[V](r.seeds.others(), most+most/4)
	for _, o := range r.outs {
		o.partition(p, bits, func(s *slot[V]) { t.absorb(&o.table, s, r.Combine) })
	}
	t.partition(0, 0, note)
	return t, slots
}

// grow makes room for n results.
func (s *share[K, R]) grow(n int, withBytes bool) {
	s.keys, s.results = make([]K, 0, n), make([]R, 0, n)
	if withBytes {
		s.ends = make([]int, 0, n)
	}
}

// reduce adds the result of a key.
func (r *run[In, K, V, R]) reduce(s *share[K, R], key []byte, v V) error {
	n := len(s.keys)
	s.keys = append(s.keys, *new(K))
	if err := r.keys.read(key, &s.keys[n]); err != nil {
		return err
	}
	s.results = append(s.results, r.Reduce(s.keys[n], v))
	if s.ends != nil {
		s.bytes = append(s.bytes, key...)
		s.ends = append(s.ends, len(s.bytes))
	}
	return nil
}

// key is the bytes of the key of that index.
func (s *share[K, R]) key(i int) []byte {
	from := 0
	if i > 0 {
		from = s.ends[i-1]
	}
	return s.bytes[from:s.ends[i]]
}

// yieldAll yields what the shares hold, one after the other, or merged if they are
// sorted. It returns false if that was not wanted to the end.
func yieldAll[K comparable, R any](shares []share[K, R], sorted bool, yield func(K, R) bool) bool {
	if sorted && len(shares) > 1 {
		return yieldSorted(shares, yield)
	}
	for _, s := range shares {
		for i, k := range s.keys {
			if !yield(k, s.results[i]) {
				return false
			}
		}
	}
	return true
}

func yieldSorted[K comparable, R any](shares []share[K, R], yield func(K, R) bool) bool {
	var heads heads
	for i := range shares {
		if s := &shares[i]; len(s.keys) > 0 {
			heads = append(heads, head{prefixOf(s.key(0)), s.key(0), i})
		}
	}
	heads.init()
	next := make([]int, len(shares))
	for len(heads) > 0 {
		from := heads[0].from
		s, i := &shares[from], next[from]
		if !yield(s.keys[i], s.results[i]) {
			return false
		}
		next[from]++
		if i++; i < len(s.keys) {
			heads.replace(prefixOf(s.key(i)), s.key(i))
		} else {
			heads.drop()
		}
	}
	return true
}

// yieldSpilled yields results of which a part is in temporary files.
func (r *run[In, K, V, R]) yieldSpilled(ctx context.Context, sorted bool, yield func(K, R) bool) error {
	err := r.each(ctx, len(r.outs), func(i int) error {
		o := r.outs[i]
		o.flush()
		o.table = table[V]{}
		return o.err
	})
	if err != nil {
		return err
	}
	runs, err := r.fewer(ctx, r.store.inOrder())
	r.stats.Spilled, r.stats.Runs = r.store.bytes, r.store.written
	if err != nil {
		return err
	}
	if sorted {
		return r.wrap(r.yieldInOrder(ctx, runs, yield))
	}
	// Some partitions at a time: their results are in memory.
	shares := make([]share[K, R], 4*r.workers)
	mergers := make([]merger[V], len(shares))
	for first := 0; first < r.store.partitions; first += len(shares) {
		n := min(len(shares), r.store.partitions-first)
		err := r.each(ctx, n, func(i int) error {
			shares[i] = share[K, R]{keys: shares[i].keys[:0], results: shares[i].results[:0]}
			return r.combined(ctx, &mergers[i], runs, first+i, func(key []byte, v *V) error { return r.reduce(&shares[i], key, *v) })
		})
		if err != nil {
			return err
		}
		if !yieldAll(shares[:n], false, yield) {
			return nil
		}
	}
	return nil
}

// errStopped ends a merge whose results are not wanted any more.
var errStopped = errors.New("mapreduce: the reader stopped")

// yieldInOrder merges runs that have one partition, and yields as it goes.
func (r *run[In, K, V, R]) yieldInOrder(ctx context.Context, runs []*sorted, yield func(K, R) bool) error {
	var k K
	err := r.combined(ctx, new(merger[V]), runs, 0, func(key []byte, v *V) error {
		if err := r.keys.read(key, &k); err != nil {
			return err
		}
		if !yield(k, r.Reduce(k, *v)) {
			return errStopped
		}
		return nil
	})
	if err == errStopped {
		return nil
	}
	return err
}
