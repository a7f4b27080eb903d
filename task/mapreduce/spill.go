package mapreduce

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"slices"
	"sync"
)

// A store is the temporary files of a run of a job. What they hold, and how, is in
// DESIGN.md.
type store struct {
	dir        string
	partitions int // that every sorted run is divided into

	mu    sync.Mutex // guards what follows; held for a few instructions
	files []*spillFile
	idle  []*spillFile // that nobody writes to
	runs  []*sorted

	bytes, written int64 // in all runs, and how many there were
}

func newStore(dir string, oneSorted bool) *store {
	if oneSorted {
		return &store{dir: dir, partitions: 1}
	}
	return &store{dir: dir, partitions: 256}
}

// A spillFile is a temporary file. One goroutine at a time adds to it, any number
// read what it has.
type spillFile struct {
	*os.File
	end     int64
	unnamed bool // it has no name any more: it goes when it is closed
}

// A sorted run is what a full table held, by partition, and in it by key.
type sorted struct {
	file     *spillFile
	sections []int64 // where partition i begins; one more for the end
	order    order
}

// order is the place of a run among others: where the same key is in several, their
// values are combined in this order.
type order struct{ part, number, again int }

func (o order) compare(p order) int {
	return cmp.Or(cmp.Compare(o.part, p.part), cmp.Compare(o.number, p.number), cmp.Compare(o.again, p.again))
}

// take returns a file to add a run to.
func (s *store) take() (*spillFile, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := len(s.idle) - 1; last >= 0 {
		f := s.idle[last]
		s.idle = s.idle[:last]
		return f, nil
	}
	file, err := os.CreateTemp(s.dir, "mapreduce-*")
	if err != nil {
		return nil, s.explain(err)
	}
	// Where the system lets a file without a name live on, even a process that is
	// killed leaves nothing behind.
	f := &spillFile{File: file, unnamed: os.Remove(file.Name()) == nil}
	s.files = append(s.files, f)
	return f, nil
}

// add notes a run, and gives its file back.
func (s *store) add(run *sorted) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs = append(s.runs, run)
	s.idle = append(s.idle, run.file)
	s.bytes += run.sections[s.partitions] - run.sections[0]
	s.written++
}

// inOrder takes all runs out of the store, in their order.
func (s *store) inOrder() []*sorted {
	s.mu.Lock()
	defer s.mu.Unlock()
	runs := s.runs
	s.runs = nil
	slices.SortFunc(runs, func(a, b *sorted) int { return a.order.compare(b.order) })
	return runs
}

// close removes all files.
func (s *store) close() { s.drop(nil) }

// drop removes the files in which no run of keep is.
func (s *store) drop(keep []*sorted) {
	s.mu.Lock()
	defer s.mu.Unlock()
	used := map[*spillFile]bool{}
	for _, r := range keep {
		used[r.file] = true
	}
	unused := func(f *spillFile) bool { return !used[f] }
	for _, f := range s.files {
		if unused(f) {
			f.remove()
		}
	}
	s.files = slices.DeleteFunc(s.files, unused)
	s.idle = slices.DeleteFunc(s.idle, unused)
}

func (f *spillFile) remove() {
	f.Close()
	if !f.unnamed {
		os.Remove(f.Name())
	}
}

// explain says what an error of a temporary file means.
func (s *store) explain(err error) error {
	dir := s.dir
	if dir == "" {
		dir = os.TempDir()
	}
	return fmt.Errorf("mapreduce: spilling to %s, where %d bytes are already (Job.Temp names another folder, a larger Job.Memory spills less): %w", dir, s.bytes, err)
}

// A runWriter writes one sorted run, in blocks with a checksum.
type runWriter struct {
	store   *store
	run     *sorted
	block   []byte // header, then records
	written int64  // where the block will stand in the file
}

const (
	blockSize   = 16 << 10
	blockHeader = 8 // length and checksum of what follows
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (s *store) newRun(at order) (*runWriter, error) {
	f, err := s.take()
	if err != nil {
		return nil, err
	}
	return &runWriter{
		store:   s,
		run:     &sorted{file: f, sections: make([]int64, 0, s.partitions+1), order: at},
		block:   make([]byte, blockHeader, blockHeader+blockSize+blockSize/4),
		written: f.end,
	}, nil
}

// begin begins the next partition.
func (w *runWriter) begin() error {
	if err := w.flush(); err != nil {
		return err
	}
	w.run.sections = append(w.run.sections, w.written)
	return nil
}

// room returns the block, to which a record is added, and makes sure that it is not
// too full.
func (w *runWriter) room() error {
	if len(w.block) < blockSize {
		return nil
	}
	return w.flush()
}

func (w *runWriter) flush() error {
	payload := w.block[blockHeader:]
	if len(payload) == 0 {
		return nil
	}
	if len(payload) > math.MaxInt32 {
		return fmt.Errorf("mapreduce: a key with its value takes %d bytes when it is written: too many", len(payload))
	}
	binary.LittleEndian.PutUint32(w.block, uint32(len(payload)))
	binary.LittleEndian.PutUint32(w.block[4:], crc32.Checksum(payload, castagnoli))
	if _, err := w.run.file.WriteAt(w.block, w.written); err != nil {
		return w.store.explain(err)
	}
	w.written += int64(len(w.block))
	w.block = w.block[:blockHeader]
	return nil
}

// end adds the run to the store.
func (w *runWriter) end() error {
	if err := w.begin(); err != nil {
		return err
	}
	w.run.file.end = w.written
	w.store.add(w.run)
	return nil
}

// A section is a reader of one partition of a sorted run.
type section struct {
	file   *spillFile
	at     int64 // of the next block
	end    int64
	buf    []byte
	rest   []byte // of the block
	prefix uint64 // of key: its first eight bytes
	key    []byte // of the record, in buf, as value
	value  []byte
}

// open makes s the reader of a partition. It keeps its buffer.
func (s *section) open(run *sorted, partition int) {
	*s = section{file: run.file, at: run.sections[partition], end: run.sections[partition+1], buf: s.buf}
}

// next reads the next record; false at the end.
func (s *section) next() (bool, error) {
	if len(s.rest) == 0 {
		if s.at == s.end {
			return false, nil
		}
		if err := s.nextBlock(); err != nil {
			return false, err
		}
	}
	ok := false
	if s.key, s.rest, ok = cutRecord(s.rest); ok {
		s.value, s.rest, ok = cutRecord(s.rest)
	}
	if !ok {
		return false, s.damaged("a record ends too early")
	}
	s.prefix = prefixOf(s.key)
	return true, nil
}

// cutRecord cuts off what was written with its length before it.
func cutRecord(from []byte) (field, rest []byte, ok bool) {
	n, size := binary.Uvarint(from)
	if size <= 0 || n > uint64(len(from)-size) {
		return nil, nil, false
	}
	return from[size : size+int(n)], from[size+int(n):], true
}

func (s *section) nextBlock() error {
	n := int(min(blockHeader+blockSize+blockSize/4, s.end-s.at))
	if n > len(s.buf) {
		s.buf = make([]byte, n)
	}
	if err := s.read(s.buf[:n], s.at); err != nil {
		return err
	}
	if n < blockHeader {
		return s.damaged("a block ends too early")
	}
	length := int64(binary.LittleEndian.Uint32(s.buf))
	if length == 0 || length > s.end-s.at-blockHeader {
		return s.damaged("a block has an impossible length")
	}
	sum := binary.LittleEndian.Uint32(s.buf[4:])
	if blockHeader+length > int64(n) { // a record that is larger than a block
		s.buf = append(s.buf[:n], make([]byte, blockHeader+int(length)-n)...)
		if err := s.read(s.buf[n:blockHeader+length], s.at+int64(n)); err != nil {
			return err
		}
	}
	s.rest = s.buf[blockHeader : blockHeader+length]
	if crc32.Checksum(s.rest, castagnoli) != sum {
		return s.damaged("its checksum is not that of what was written")
	}
	s.at += blockHeader + length
	return nil
}

func (s *section) read(b []byte, at int64) error {
	if _, err := s.file.ReadAt(b, at); err != nil {
		return fmt.Errorf("mapreduce: reading the temporary file %s at byte %d: %w", s.file.Name(), at, err)
	}
	return nil
}

func (s *section) damaged(what string) error {
	return fmt.Errorf("mapreduce: the temporary file %s is damaged at byte %d: %s", s.file.Name(), s.at, what)
}

// prefixOf is the first eight bytes of a key, as a number that has their order.
func prefixOf(key []byte) uint64 {
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	var b [8]byte
	copy(b[:], key)
	return binary.BigEndian.Uint64(b[:])
}
