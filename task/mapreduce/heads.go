package mapreduce

import "bytes"

// heads is a heap of sorted sequences by their first keys. Of equal keys the one that
// stands first among the sequences comes first.
type heads []head

type head struct {
	prefix uint64 // of key
	key    []byte
	from   int // which sequence
}

func (h heads) less(i, j int) bool {
	a, b := &h[i], &h[j]
	if a.prefix != b.prefix {
		return a.prefix < b.prefix
	}
	c := bytes.Compare(a.key, b.key)
	return c < 0 || c == 0 && a.from < b.from
}

func (h heads) init() {
	for i := len(h)/2 - 1; i >= 0; i-- {
		h.down(i)
	}
}

// replace puts the next key of the first sequence where that sequence belongs now.
func (h heads) replace(prefix uint64, key []byte) {
	h[0].prefix, h[0].key = prefix, key
	h.down(0)
}

// drop removes the first sequence, which has ended.
func (h *heads) drop() {
	last := len(*h) - 1
	(*h)[0] = (*h)[last]
	*h = (*h)[:last]
	h.down(0)
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
