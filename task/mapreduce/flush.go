package mapreduce

import (
	"encoding/binary"
	"math/bits"
)

// flush writes what the table holds as a sorted run, and empties it. An error is
// kept; after one, the table is emptied just so.
func (o *Out[K, V]) flush() {
	if o.used > 0 && o.err == nil {
		o.err = o.writeRun()
	}
	o.order.again++
	o.flushed = true
	o.table.reset(len(o.slots))
}

func (o *Out[K, V]) writeRun() error {
	w, err := o.store.newRun(o.order)
	if err != nil {
		return err
	}
	var slots []ranked[V]
	partitionBits := bits.TrailingZeros(uint(o.store.partitions))
	for p := range o.store.partitions {
		if err := w.begin(); err != nil {
			return err
		}
		slots = slots[:0]
		o.partition(uint64(p), partitionBits, func(s *slot[V]) { slots = append(slots, o.rank(s)) })
		o.sort(slots)
		if err := o.writeSlots(w, slots); err != nil {
			return err
		}
	}
	return w.end()
}

func (o *Out[K, V]) writeSlots(w *runWriter, slots []ranked[V]) error {
	var key [inWords]byte
	for _, s := range slots {
		if err := writeRecord(w, o.key(s.slot, &key), &s.slot.value, o.values, &o.scratch); err != nil {
			return err
		}
	}
	return nil
}

// writeRecord writes a key and its value.
func writeRecord[V any](w *runWriter, key []byte, v *V, values coder[V], scratch *[]byte) error {
	if err := w.room(); err != nil {
		return err
	}
	w.block = append(binary.AppendUvarint(w.block, uint64(len(key))), key...)
	*scratch = values.append((*scratch)[:0], v)
	w.block = append(binary.AppendUvarint(w.block, uint64(len(*scratch))), *scratch...)
	return nil
}

// weigh finds out how much the values weigh that Map has changed in place. It is
// called after each piece, and looks at them when the text since the last time
// could have filled a good part of the table.
func (o *Out[K, V]) weigh(piece int64) {
	if !o.weighed {
		return
	}
	if o.unweighed += piece; o.unweighed < int64(o.limit)/8 {
		return
	}
	o.unweighed, o.extra = 0, 0
	for i := range o.slots {
		if s := &o.slots[i]; s.kind != empty {
			o.scratch = o.values.append(o.scratch[:0], &s.value)
			o.extra += len(o.scratch)
		}
	}
	if o.weight() > o.limit {
		o.flush()
	}
}
