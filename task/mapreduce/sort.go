package mapreduce

import (
	"bytes"
	"cmp"
	"math/bits"
	"slices"
)

// A ranked slot is one with the first eight bytes of its key, as a number that has
// their order.
type ranked[V any] struct {
	prefix uint64
	slot   *slot[V]
}

func (t *table[V]) rank(s *slot[V]) ranked[V] {
	if s.kind == long {
		return ranked[V]{prefixOf(t.key(s, nil)), s}
	}
	return ranked[V]{bits.ReverseBytes64(s.lo), s}
}

// sort sorts slots of the table by their keys.
func (t *table[V]) sort(slots []ranked[V]) {
	slices.SortFunc(slots, func(a, b ranked[V]) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		return t.compare(a.slot, b.slot)
	})
}

// compare compares the keys of two slots that are alike in their first eight bytes.
func (t *table[V]) compare(a, b *slot[V]) int {
	if a.kind != long && b.kind != long {
		return cmp.Or(cmp.Compare(bits.ReverseBytes64(a.hi), bits.ReverseBytes64(b.hi)), cmp.Compare(a.kind, b.kind))
	}
	var first, second [inWords]byte
	return bytes.Compare(t.key(a, &first), t.key(b, &second))
}
