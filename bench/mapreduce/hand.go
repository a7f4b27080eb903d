package mapreduce

import (
	"bytes"
	"math/bits"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

// By hand, as well as we know how: the file is mapped into memory, workers take chunks
// by a counter, delimiters are found eight bytes at a time, numbers are parsed without
// a branch, keys are hashed and compared as words, in a table made for them. Nothing is
// checked: what the files look like is known.

// handChunk is what a worker takes at a time.
const handChunk = 1 << 20

// inChunks lets work do the whole file, in chunks of whole lines, and returns what each
// worker has. Behind a chunk 64 bytes can be read.
func inChunks[T any](name string, newWorker func() T, work func(T, []byte)) []T {
	data, unmap := view(name)
	defer unmap()
	var next atomic.Int64
	workers := make([]T, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() {
			workers[i] = newWorker()
			for {
				begin := int(next.Add(handChunk)) - handChunk
				if begin >= len(data) {
					return
				}
				if chunk := lines(data, begin, min(begin+handChunk, len(data))); len(chunk) > 0 {
					work(workers[i], chunk)
				}
			}
		})
	}
	wg.Wait()
	return workers
}

// lines is the lines that begin between two offsets. The last ones of the file are
// copied, to have something behind them.
func lines(data []byte, begin, end int) []byte {
	if begin > 0 {
		begin += bytes.IndexByte(data[begin-1:], '\n')
	}
	if begin >= end {
		return nil
	}
	end += bytes.IndexByte(data[end-1:], '\n')
	if end+64 > len(data) {
		return append(make([]byte, 0, end-begin+64), data[begin:end]...)
	}
	return data[begin:end]
}

func word(p unsafe.Pointer) uint64 { return *(*uint64)(p) }

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// semicolon marks the first ';' of eight bytes, by the highest bit of its byte.
func semicolon(w uint64) uint64 {
	x := w ^ ';'*ones
	return (x - ones) &^ x & highs
}

// stationTable holds up to some thousand stations.
type stationTable struct{ slots [1 << 13]stationSlot }

type stationSlot struct {
	lo, hi uint64 // the name's first 16 bytes
	name   string // nil if the slot is empty; of the mapped file
	stat
}

// at finds the slot of a name.
func (t *stationTable) at(lo, hi uint64, p unsafe.Pointer, n int) *stat {
	h, l := bits.Mul64(lo^0x9e3779b97f4a7c15, hi^0xbf58476d1ce4e5b9)
	for i := (h ^ l) >> 51; ; i++ {
		s := &t.slots[i&(1<<13-1)]
		if s.lo == lo && s.hi == hi && len(s.name) == n && (n <= 16 || s.name[16:] == unsafe.String((*byte)(unsafe.Add(p, 16)), n-16)) {
			return &s.stat
		}
		if s.name == "" {
			s.lo, s.hi, s.name = lo, hi, string(unsafe.Slice((*byte)(p), n))
			s.min, s.max = 1<<62, -1<<62
			return &s.stat
		}
	}
}

// row reads the row at p, and returns where the next begins.
func (t *stationTable) row(p unsafe.Pointer) unsafe.Pointer {
	lo, hi := word(p), word(unsafe.Add(p, 8))
	first, second := semicolon(lo), semicolon(hi)
	n := 0
	switch {
	case first != 0:
		n = bits.TrailingZeros64(first) / 8
		lo &= first>>7 - 1
		hi = 0
	case second != 0:
		n = 8 + bits.TrailingZeros64(second)/8
		hi &= second>>7 - 1
	default:
		for n = 16; *(*byte)(unsafe.Add(p, n)) != ';'; n++ {
		}
	}
	// The number: https://questdb.com/blog/billion-row-challenge-step-by-step/ tells
	// how Quan Anh Mai found this.
	q := unsafe.Add(p, n+1)
	w := word(q)
	point := bits.TrailingZeros64(^w & 0x10101000)
	sign := uint64(int64(^w<<59) >> 63)
	digits := (w &^ (sign & 0xff)) << (28 - point) & 0x0f000f0f00
	tenths := int64((digits*0x640a0001>>32&0x3ff ^ sign) - sign)
	s := t.at(lo, hi, p, n)
	s.min, s.max = min(s.min, tenths), max(s.max, tenths)
	s.sum += tenths
	s.count++
	return unsafe.Add(q, point>>3+3)
}

// rows reads a chunk in three places at once, so that one row need not wait for the
// end of the row before it.
func (t *stationTable) rows(chunk []byte) {
	third := len(chunk) / 3
	one := third + bytes.IndexByte(chunk[third:], '\n') + 1
	two := max(2*third, one-1)
	two += bytes.IndexByte(chunk[two:], '\n') + 1
	base := unsafe.Pointer(&chunk[0])
	a, b, c := base, unsafe.Add(base, one), unsafe.Add(base, two)
	endA, endB, endC := b, c, unsafe.Add(base, len(chunk))
	for uintptr(a) < uintptr(endA) && uintptr(b) < uintptr(endB) && uintptr(c) < uintptr(endC) {
		a, b, c = t.row(a), t.row(b), t.row(c)
	}
	for uintptr(a) < uintptr(endA) {
		a = t.row(a)
	}
	for uintptr(b) < uintptr(endB) {
		b = t.row(b)
	}
	for uintptr(c) < uintptr(endC) {
		c = t.row(c)
	}
}

func handRows(name string) (a answer) {
	tables := inChunks(name, func() *stationTable { return new(stationTable) }, (*stationTable).rows)
	all := map[string]*stat{}
	for _, t := range tables {
		for i := range t.slots {
			if s := &t.slots[i]; s.name != "" {
				if all[s.name] == nil {
					all[s.name] = new(stat)
				}
				all[s.name].merge(s.stat)
			}
		}
	}
	for station, s := range all {
		a.station(station, *s)
	}
	return a
}

// wordTable counts words; it doubles when it is half full.
type wordTable struct {
	slots []wordSlot
	shift int
	used  int
	bytes []byte // of long words
}

type wordSlot struct {
	lo, hi uint64 // the word's first 16 bytes; of a longer one the hash of the rest is added to hi
	at, n  uint32 // of a longer one, in bytes
	count  int64
}

func newWordTable() *wordTable { return &wordTable{slots: make([]wordSlot, 1<<14), shift: 50} }

func wordHash(lo, hi uint64) uint64 {
	h, l := bits.Mul64(lo^0x9e3779b97f4a7c15, hi^0xbf58476d1ce4e5b9)
	return h ^ l
}

func (t *wordTable) add(lo, hi uint64, p unsafe.Pointer, n int, count int64) {
	for i := wordHash(lo, hi) >> t.shift; ; i++ {
		s := &t.slots[i&uint64(len(t.slots)-1)]
		if s.lo == lo && s.hi == hi && int(s.n) == n && (n <= 16 || string(t.bytes[s.at:int(s.at)+n]) == unsafe.String((*byte)(p), n)) {
			s.count += count
			return
		}
		if s.n == 0 {
			*s = wordSlot{lo: lo, hi: hi, at: uint32(len(t.bytes)), n: uint32(n), count: count}
			if n > 16 {
				t.bytes = append(t.bytes, unsafe.Slice((*byte)(p), n)...)
			}
			if t.used++; 2*t.used > len(t.slots) {
				t.grow()
			}
			return
		}
	}
}

func (t *wordTable) grow() {
	old := t.slots
	t.slots = make([]wordSlot, 2*len(old))
	t.shift--
	for _, s := range old {
		if s.n > 0 {
			i := wordHash(s.lo, s.hi) >> t.shift
			for t.slots[i&uint64(len(t.slots)-1)].n > 0 {
				i++
			}
			t.slots[i&uint64(len(t.slots)-1)] = s
		}
	}
}

// spaces marks the bytes up to 0x20, exactly in the first marked byte.
func spaces(w uint64) uint64 { return (w - 0x21*ones) &^ w & highs }

func (t *wordTable) text(chunk []byte) {
	p := unsafe.Pointer(&chunk[0])
	end := uintptr(p) + uintptr(len(chunk))
	for {
		for *(*byte)(p) <= ' ' {
			if p = unsafe.Add(p, 1); uintptr(p) >= end {
				return
			}
		}
		lo, hi := word(p), word(unsafe.Add(p, 8))
		n := 0
		if first := spaces(lo); first != 0 {
			n = bits.TrailingZeros64(first) / 8
			lo, hi = lo&(first>>7-1), 0
		} else if second := spaces(hi); second != 0 {
			n = 8 + bits.TrailingZeros64(second)/8
			hi &= second>>7 - 1
		} else {
			for n = 16; *(*byte)(unsafe.Add(p, n)) > ' '; n++ {
				hi = bits.RotateLeft64(hi, 5) * 0x9e3779b97f4a7c15
				hi += uint64(*(*byte)(unsafe.Add(p, n)))
			}
		}
		t.add(lo, hi, p, n, 1)
		p = unsafe.Add(p, n)
	}
}

func handWords(name string) (a answer) {
	tables := inChunks(name, newWordTable, (*wordTable).text)
	all := tables[0]
	for _, t := range tables[1:] {
		for _, s := range t.slots {
			if s.n > 0 {
				var long unsafe.Pointer
				if s.n > 16 {
					long = unsafe.Pointer(&t.bytes[s.at])
				}
				all.add(s.lo, s.hi, long, int(s.n), s.count)
			}
		}
	}
	for _, s := range all.slots {
		if s.n > 16 {
			a.add(string(all.bytes[s.at:s.at+s.n]), s.count)
		} else if s.n > 0 {
			key := [2]uint64{s.lo, s.hi}
			a.add(string(unsafe.Slice((*byte)(unsafe.Pointer(&key)), s.n)), s.count)
		}
	}
	return a
}

// scanFloor reads every byte of the mapped file, eight at a time, and does no more.
func scanFloor(name string) (sum uint64) {
	sums := inChunks(name, func() *uint64 { return new(uint64) }, func(sum *uint64, chunk []byte) {
		var s uint64
		for i := 0; i+8 <= len(chunk); i += 8 {
			s += word(unsafe.Pointer(&chunk[i]))
		}
		*sum += s
	})
	for _, s := range sums {
		sum += *s
	}
	return sum
}

// readFloor reads the file with read, in pieces of 256 KiB, and does no more.
func readFloor(name string) int64 {
	f, err := os.Open(name)
	must(err)
	defer f.Close()
	info, err := f.Stat()
	must(err)
	const size = 256 << 10
	var next, got atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			buf := make([]byte, size)
			for at := next.Add(size) - size; at < info.Size(); at = next.Add(size) - size {
				n, _ := f.ReadAt(buf, at)
				got.Add(int64(n))
			}
		})
	}
	wg.Wait()
	return got.Load()
}
