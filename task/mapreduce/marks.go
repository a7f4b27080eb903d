package mapreduce

import (
	"math/bits"
	"unsafe"
)

// Marks are where something begins or ends in a text. They are found 64 bytes at a
// time, whatever stands there: no branch depends on the text, which is what makes
// it fast. Splitting the text at them comes a batch later, in a loop that the
// processor can run ahead in. The idea is simdjson's (Langdale and Lemire, Parsing
// Gigabytes of JSON per Second, 2019), on words of eight bytes.
type marks struct {
	at     []uint32 // offsets; of fixed length
	n      int      // how many there are
	block  int      // offset of the next 64 bytes to look at
	inside uint64   // 1 if a word goes on over the beginning of the block
}

const (
	block = 64

	// batch is how many marks are found, unless the text ends, before they are used.
	// They fit into the first-level cache, and so do the tokens made of them.
	batch = 256
)

func (m *marks) reset() {
	if m.at == nil {
		m.at = make([]uint32, batch+block+4)
	}
	m.n, m.block, m.inside = 0, 0, 0
}

// full tells that another block might not fit, or need not be looked at now.
func (m *marks) full() bool { return m.n > len(m.at)-block-4 }

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
	lows  = highs - ones // 0x7f of each byte
)

// bitmap gathers the highest bit of each byte, the first byte's lowest.
func bitmap(m uint64) uint64 { return m & highs >> 7 * 0x0102040810204080 >> 56 }

// add notes the bits of the block that are set. It does so by fours: how many there
// are changes from block to block, and how many fours there are not so often.
func (m *marks) add(set uint64) {
	n, first := bits.OnesCount64(set), uint32(m.block)
	at := m.at[m.n : m.n+block+4]
	for i := 0; i < n; i += 4 {
		four := (*[4]uint32)(at[i&(block-1):])
		four[0] = first + uint32(bits.TrailingZeros64(set))
		set &= set - 1
		four[1] = first + uint32(bits.TrailingZeros64(set))
		set &= set - 1
		four[2] = first + uint32(bits.TrailingZeros64(set))
		set &= set - 1
		four[3] = first + uint32(bits.TrailingZeros64(set))
		set &= set - 1
	}
	m.n += n
	m.block += block
}

// inWord gives a bit for each byte of w, set if it is above 0x20.
func inWord(w uint64) uint64 { return bitmap(w&lows + (0x80-0x21)*ones | w) }

// atEnd gives a bit for each byte of w, set if it is a line feed or that of separator,
// which has an ASCII character eight times.
func atEnd(w, separator uint64) uint64 {
	// The highest bit of each byte says that the lower seven differ.
	differ := (w&lows ^ '\n'*ones + lows) & (w&lows ^ separator + lows)
	return bitmap(^(differ | w))
}

// words finds where words begin and end, in turn. Words are bytes above 0x20.
func (m *marks) words(base unsafe.Pointer, end int) {
	for m.block <= end && !m.full() {
		p := unsafe.Add(base, m.block)
		set := inWord(load(p)) | inWord(load(unsafe.Add(p, 8)))<<8 |
			inWord(load(unsafe.Add(p, 16)))<<16 | inWord(load(unsafe.Add(p, 24)))<<24 |
			inWord(load(unsafe.Add(p, 32)))<<32 | inWord(load(unsafe.Add(p, 40)))<<40 |
			inWord(load(unsafe.Add(p, 48)))<<48 | inWord(load(unsafe.Add(p, 56)))<<56
		if rest := end - m.block; rest < block {
			set &= 1<<rest - 1
		}
		edges := set ^ (set<<1 | m.inside)
		m.inside = set >> 63
		m.add(edges)
	}
}

// ends finds the ends of lines and of fields, which the byte delim separates.
func (m *marks) ends(base unsafe.Pointer, end int, delim byte) {
	separator := uint64(delim) * ones
	for m.block < end && !m.full() {
		p := unsafe.Add(base, m.block)
		set := atEnd(load(p), separator) | atEnd(load(unsafe.Add(p, 8)), separator)<<8 |
			atEnd(load(unsafe.Add(p, 16)), separator)<<16 | atEnd(load(unsafe.Add(p, 24)), separator)<<24 |
			atEnd(load(unsafe.Add(p, 32)), separator)<<32 | atEnd(load(unsafe.Add(p, 40)), separator)<<40 |
			atEnd(load(unsafe.Add(p, 48)), separator)<<48 | atEnd(load(unsafe.Add(p, 56)), separator)<<56
		if rest := end - m.block; rest < block {
			set &= 1<<rest - 1
		}
		m.add(set)
	}
}
