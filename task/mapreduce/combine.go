package mapreduce

import "context"

// A merger is what merging needs of memory, to be used again.
type merger[V any] struct {
	sections []section
	heads    heads
	key      []byte
	sum, v   V
}

// combined merges the same partition of several runs, whose order is that in which
// values are combined, and calls each for every key.
func (r *run[In, K, V, R]) combined(ctx context.Context, m *merger[V], runs []*sorted, partition int, each func(key []byte, v *V) error) error {
	m.sections = room(m.sections, len(runs))
	sections, heads, key := m.sections, m.heads[:0], m.key
	defer func() { m.heads, m.key = heads, key }()
	for i, run := range runs {
		s := &sections[i]
		s.open(run, partition)
		ok, err := s.next()
		if err != nil {
			return err
		}
		if ok {
			heads = append(heads, head{s.prefix, s.key, i})
		}
	}
	heads.init()
	// take reads the first value, which is of the first key.
	take := func(v *V) error {
		s := &sections[heads[0].from]
		*v = *new(V)
		if err := r.values.read(s.value, v); err != nil {
			return err
		}
		ok, err := s.next()
		if ok {
			heads.replace(s.prefix, s.key)
		} else {
			heads.drop()
		}
		return err
	}
	for n := 0; len(heads) > 0; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		prefix := heads[0].prefix
		key = append(key[:0], heads[0].key...)
		err := take(&m.sum)
		for err == nil && len(heads) > 0 && heads[0].prefix == prefix && string(heads[0].key) == string(key) {
			if err = take(&m.v); err == nil {
				r.Combine(&m.sum, m.v)
			}
		}
		if err != nil {
			return err
		}
		if err := each(key, &m.sum); err != nil {
			return err
		}
	}
	return nil
}

// fewer merges runs, neighbours with neighbours, until they are few enough to be
// merged at once.
func (r *run[In, K, V, R]) fewer(ctx context.Context, runs []*sorted) ([]*sorted, error) {
	for len(runs) > r.fanIn() {
		groups := (len(runs) + r.fanIn() - 1) / r.fanIn()
		err := r.each(ctx, groups, func(i int) error {
			return r.mergeRuns(ctx, runs[i*len(runs)/groups:(i+1)*len(runs)/groups])
		})
		if err != nil {
			return nil, err
		}
		runs = r.store.inOrder()
		r.store.drop(runs)
	}
	return runs, nil
}

// fanIn is how many runs are merged at once. Each needs a block in memory.
func (r *run[In, K, V, R]) fanIn() int { return int(min(max(r.Memory/(16*blockSize), 8), 256)) }

// mergeRuns makes one run of several.
func (r *run[In, K, V, R]) mergeRuns(ctx context.Context, runs []*sorted) error {
	w, err := r.store.newRun(runs[0].order)
	if err != nil {
		return err
	}
	var (
		m       merger[V]
		scratch []byte
	)
	for p := range r.store.partitions {
		if err := w.begin(); err != nil {
			return err
		}
		err := r.combined(ctx, &m, runs, p, func(key []byte, v *V) error {
			return writeRecord(w, key, v, r.values, &scratch)
		})
		if err != nil {
			return err
		}
	}
	return w.end()
}
