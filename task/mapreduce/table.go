package mapreduce

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// A table holds values by key: open addressing with linear probing. The key's
// first 16 bytes stand in the slot, where most keys end; the bytes of longer ones
// are in the arena. So the table has no pointers unless V has.
//
// A slot is found by the top bits of the hash. The slots of all keys whose hash
// begins with the same bits are neighbours, in tables of any size: they are a
// partition, which can be merged by itself.
type table[V any] struct {
	slots []slot[V]
	shift uint8 // of a hash, to the index of its slot
	fresh bool  // the last call of find has made a slot
	free  int   // slots that may be filled before the table grows
	used  int
	seeds seeds
	arena arena

	// When what the table holds would weigh more than limit, full is called before
	// another key is added, and leaves the table empty. 0 means no limit.
	limit int
	extra int // weight of what the values point to
	full  func()
}

type slot[V any] struct {
	lo, hi uint64 // of a long key: its hash, its place in the arena
	kind   uint32 // see above
	length uint32 // of a long key
	value  V
}

// The kind of a slot is empty, or one more than the length of a short key, or long.
const (
	empty = 0
	long  = ^uint32(0)
)

const minSlots = 1 << 12

// seeds make the hashes of a run its own, so that nobody can choose keys that
// collide.
type seeds struct{ a, b uint64 }

// newTable returns an empty table, large enough for that many keys.
func newTable[V any](s seeds, keys int) *table[V] {
	t := &table[V]{seeds: s}
	n := minSlots
	for capacity(n) < keys {
		n *= 2
	}
	t.reset(n)
	return t
}

// reset makes the table an empty one of n slots, a power of two.
func (t *table[V]) reset(n int) {
	if len(t.slots) == n {
		clear(t.slots)
	} else {
		t.slots = make([]slot[V], n)
	}
	t.shift = uint8(64 - bits.TrailingZeros(uint(n)))
	t.free, t.used, t.extra = capacity(n), 0, 0
	t.arena.reset()
}

// weight is about how much memory the table takes. Unlike the size of its arrays it
// depends on what the table holds alone, not on what it held before.
func (t *table[V]) weight() int {
	return 4*t.used*int(unsafe.Sizeof(slot[V]{})) + t.arena.used + t.extra
}

// capacity is how many of n slots are filled at most: so few that a key is usually
// in the first slot in which it is looked for, or in the next.
func capacity(n int) int { return n / 2 }

// others give hashes that tell nothing of those that these give: for a table of
// keys whose hashes begin alike.
func (s seeds) others() seeds { return seeds{s.b ^ highs, s.a} }

// hash is that of a short key. A product of 128 bits, folded, spreads every bit of
// its factors over the top bits; Wang Yi's wyhash rests on the same step.
func (s seeds) hash(lo, hi uint64) uint64 {
	h, l := bits.Mul64(lo^s.a, hi^s.b)
	return h ^ l
}

// hashLong is that of a key of more than 16 bytes: of 16 after 16, and of the last 16,
// which may overlap with those before.
func (s seeds) hashLong(b []byte) uint64 {
	last := b[len(b)-inWords:]
	h := uint64(len(b))
	for ; len(b) > inWords; b = b[inWords:] {
		h = s.hash(binary.LittleEndian.Uint64(b)^h, binary.LittleEndian.Uint64(b[8:]))
	}
	return s.hash(binary.LittleEndian.Uint64(last)^h, binary.LittleEndian.Uint64(last[8:]))
}

// find returns the place of the value of k, which is the zero V if k is new. It is
// valid until the next call.
func (t *table[V]) find(k Token) *V {
	t.fresh = false
	if k.n > inWords {
		return t.findLong(k.Bytes())
	}
	lo, hi := k.words()
	return t.findShort(lo, hi, uint32(k.n)+1)
}

func (t *table[V]) findShort(lo, hi uint64, kind uint32) *V {
	h := t.seeds.hash(lo, hi)
	mask := uint(len(t.slots) - 1)
	for i := uint(h >> (t.shift & 63)); ; i = (i + 1) & mask {
		switch s := &t.slots[i]; {
		case s.kind == kind && s.lo == lo && s.hi == hi:
			return &s.value
		case s.kind == empty:
			s = t.take(i, h, 0)
			s.lo, s.hi, s.kind = lo, hi, kind
			return &s.value
		}
	}
}

func (t *table[V]) findLong(k []byte) *V {
	h := t.seeds.hashLong(k)
	mask := uint(len(t.slots) - 1)
	for i := uint(h >> (t.shift & 63)); ; i = (i + 1) & mask {
		switch s := &t.slots[i]; {
		case s.kind == long && s.lo == h && s.length == uint32(len(k)) && string(t.arena.at(s.hi, len(k))) == string(k):
			return &s.value
		case s.kind == empty:
			s = t.take(i, h, len(k))
			s.lo, s.hi, s.kind, s.length = h, t.arena.add(k), long, uint32(len(k))
			return &s.value
		}
	}
}

// take returns slot i, which is empty, for a key with hash h of which n bytes go to
// the arena; or another slot, if the table is full or has to grow.
func (t *table[V]) take(i uint, h uint64, n int) *slot[V] {
	if t.limit > 0 && t.used > 0 && t.weight()+n > t.limit {
		t.full()
		i = t.vacant(h)
	}
	if t.free == 0 {
		t.grow()
		i = t.vacant(h)
	}
	t.free--
	t.used++
	t.fresh = true
	return &t.slots[i]
}

// vacant is the first empty slot for a hash.
func (t *table[V]) vacant(h uint64) uint {
	mask := uint(len(t.slots) - 1)
	i := uint(h >> (t.shift & 63))
	for t.slots[i].kind != empty {
		i = (i + 1) & mask
	}
	return i
}

// grow doubles the table. A small one grows faster: its keys have to move less often.
func (t *table[V]) grow() {
	old, n := t.slots, 2*len(t.slots)
	if n <= 1<<17 {
		n *= 2
	}
	t.slots = make([]slot[V], n)
	t.shift = uint8(64 - bits.TrailingZeros(uint(n)))
	t.free = capacity(n) - t.used
	for i := range old {
		if s := &old[i]; s.kind != empty {
			t.slots[t.vacant(t.hashOf(s))] = *s
		}
	}
}

func (t *table[V]) hashOf(s *slot[V]) uint64 {
	if s.kind == long {
		return s.lo
	}
	return t.seeds.hash(s.lo, s.hi)
}

// key is that of a slot. The bytes are the arena's, or stand in scratch.
func (t *table[V]) key(s *slot[V], scratch *[inWords]byte) []byte {
	if s.kind == long {
		return t.arena.at(s.hi, int(s.length))
	}
	binary.LittleEndian.PutUint64(scratch[:], s.lo)
	binary.LittleEndian.PutUint64(scratch[8:], s.hi)
	return scratch[:s.kind-1]
}

// absorb adds what slot s of another table holds.
func (t *table[V]) absorb(from *table[V], s *slot[V], combine func(*V, V)) {
	var into *V
	t.fresh = false
	if s.kind == long {
		into = t.findLong(from.arena.at(s.hi, int(s.length)))
	} else {
		into = t.findShort(s.lo, s.hi, s.kind)
	}
	if t.fresh {
		*into = s.value
		return
	}
	combine(into, s.value)
}

// partition calls each for the filled slots whose hash begins with the bits of p.
func (t *table[V]) partition(p uint64, bits int, each func(*slot[V])) {
	n, mask := len(t.slots), len(t.slots)-1
	first, past := int(p)*(n>>bits), int(p+1)*(n>>bits)
	for i := first; i < first+n; i++ {
		s := &t.slots[i&mask]
		if s.kind == empty {
			if i >= past { // no key of the partition has been pushed further
				return
			}
			continue
		}
		if bits == 0 || t.hashOf(s)>>(64-bits) == p {
			each(s)
		}
	}
}

// An arena keeps the bytes of long keys in blocks, so that none of them moves.
type arena struct {
	blocks [][]byte // the last one is being filled
	spare  [][]byte // of the usual size, to be filled again
	used   int      // bytes in all blocks
}

const arenaBlock = 32 << 10

func (a *arena) add(k []byte) (place uint64) {
	last := len(a.blocks) - 1
	if last < 0 || cap(a.blocks[last])-len(a.blocks[last]) < len(k) {
		a.blocks = append(a.blocks, a.block(len(k)))
		last++
	}
	b := a.blocks[last]
	a.blocks[last] = append(b, k...)
	a.used += len(k)
	return uint64(last)<<32 | uint64(len(b))
}

// block returns an empty block with room for n bytes.
func (a *arena) block(n int) []byte {
	if last := len(a.spare) - 1; last >= 0 && n <= arenaBlock {
		b := a.spare[last]
		a.spare = a.spare[:last]
		return b
	}
	return make([]byte, 0, max(n, arenaBlock))
}

func (a *arena) at(place uint64, n int) []byte {
	from := int(uint32(place))
	return a.blocks[place>>32][from : from+n : from+n]
}

// reset forgets all keys.
func (a *arena) reset() {
	for _, b := range a.blocks {
		if cap(b) == arenaBlock {
			a.spare = append(a.spare, b[:0])
		}
	}
	clear(a.blocks)
	a.blocks, a.used = a.blocks[:0], 0
}
