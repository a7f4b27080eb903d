package mapreduce

import (
	"errors"
	"fmt"
	"iter"
	"unsafe"
)

// A Text is a piece of a file: whole lines of it. Map goes through it once, by one
// of Words, Lines, Pairs and Records.
type Text struct {
	name   string
	offset int64 // of data, in the file
	data   []byte
	skip   bool // malformed records
	err    error
	faulty int64 // malformed records that were skipped

	base    unsafe.Pointer
	marks   marks
	used    int    // marks that are not needed any more
	line    uint32 // where the next line begins
	spans   []span
	pairs   []pair
	records []Record
}

// set makes the Text that of data, which ends with a line end and is followed by
// the padding.
func (t *Text) set(name string, offset int64, data []byte) {
	t.name, t.offset, t.data = name, offset, data
	t.base = unsafe.Pointer(unsafe.SliceData(data))
	t.marks.reset()
	t.line, t.used = 0, 0
	t.err = nil
}

// Name is that of the file.
func (t *Text) Name() string { return t.name }

// Offset is where in the file the Text begins.
func (t *Text) Offset() int64 { return t.offset }

// OffsetOf is where in the file a token begins. The token must be of this Text.
func (t *Text) OffsetOf(of Token) int64 {
	return t.offset + int64(uintptr(of.p)-uintptr(t.base))
}

// Len is the number of bytes.
func (t *Text) Len() int { return len(t.data) }

// Bytes is the whole piece. It must not be changed, nor used after Map has
// returned.
func (t *Text) Bytes() []byte { return t.data }

// Malformed says that the record in which at stands is not what it should be, and
// why. That is the error of the run, with the file and the offset, or counts as one
// of the records that were skipped, if the Input says so. Map goes on in either
// case; what comes next is not yielded if the run has failed.
func (t *Text) Malformed(at Token, why string) {
	t.malformed(int(t.OffsetOf(at)-t.offset), errors.New(why))
}

func (t *Text) malformed(at int, why error) {
	switch {
	case t.skip:
		t.faulty++
	case t.err == nil:
		t.err = &RecordError{t.name, t.offset + int64(at), why}
	}
}

// A RecordError says which record is not what it should be.
type RecordError struct {
	File   string
	Offset int64 // of the record, or of the part of it that is wrong, in bytes
	Err    error
}

// Error begins with the file and the offset.
func (e *RecordError) Error() string { return fmt.Sprintf("%s: byte %d: %v", e.File, e.Offset, e.Err) }

// Unwrap returns the cause.
func (e *RecordError) Unwrap() error { return e.Err }

// The loops below are as they are so that the compiler inlines them, and then the
// body of the user's loop into them: a call for a batch, and none for an item.

// Words yields the words: what stands between bytes up to 0x20, which are space,
// tab, the ends of lines and other control characters. Any other byte belongs to a
// word, whether or not it is valid UTF-8, also those of other kinds of space that
// Unicode has.
func (t *Text) Words() iter.Seq[Token] {
	return func(yield func(Token) bool) {
		for words := t.words(); len(words) > 0; words = t.words() {
			for _, word := range words {
				if !yield(word.token(t.base)) {
					return
				}
			}
		}
	}
}

// Lines yields the lines, without their ends: a line feed and, if there is one, the
// carriage return before it.
func (t *Text) Lines() iter.Seq[Token] {
	return func(yield func(Token) bool) {
		for lines := t.lines(); len(lines) > 0; lines = t.lines() {
			for _, line := range lines {
				if !yield(line.token(t.base)) {
					return
				}
			}
		}
	}
}

// Pairs yields of each line what stands before the first delimiter, and what stands
// behind it. A line without the delimiter is malformed, unless it is empty: then it
// is passed over. The delimiter is an ASCII character.
func (t *Text) Pairs(delimiter byte) iter.Seq2[Token, Token] {
	return func(yield func(Token, Token) bool) {
		for pairs := t.split(delimiter); len(pairs) > 0; pairs = t.split(delimiter) {
			for _, pair := range pairs {
				if !yield(pair.key(t.base), pair.value(t.base)) {
					return
				}
			}
		}
	}
}

// Records yields each line, as fields that the delimiter, an ASCII character,
// separates. Empty lines are passed over.
func (t *Text) Records(delimiter byte) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		for records := t.fields(delimiter); len(records) > 0; records = t.fields(delimiter) {
			for _, record := range records {
				if !yield(record) {
					return
				}
			}
		}
	}
}

// A span is what stands between two offsets.
type span struct{ from, end uint32 }

func (s span) token(base unsafe.Pointer) Token {
	return Token{unsafe.Add(base, s.from), int(s.end - s.from)}
}

// A pair is a line with a delimiter at middle.
type pair struct{ from, middle, end uint32 }

func (p pair) key(base unsafe.Pointer) Token   { return span{p.from, p.middle}.token(base) }
func (p pair) value(base unsafe.Pointer) Token { return span{p.middle + 1, p.end}.token(base) }

// room returns a slice of n elements, a new one if s has not as many.
func room[T any](s []T, n int) []T {
	if n > len(s) {
		return make([]T, n)
	}
	return s
}

// words returns the next words, none at the end. They are the marks themselves.
func (t *Text) words() []span {
	m := &t.marks
	m.keep(m.n - t.used) // where a word begins of which the end is not known yet
	m.words(t.base, len(t.data))
	t.used = m.n &^ 1
	return unsafe.Slice((*span)(unsafe.Pointer(unsafe.SliceData(m.at))), m.n/2)
}

// lines returns the next lines.
func (t *Text) lines() []span {
	m := &t.marks
	m.n = 0
	m.ends(t.base, len(t.data), '\n')
	t.spans = room(t.spans, m.n)
	lines := t.spans[:m.n]
	for i := range lines {
		lines[i] = span{t.line, t.endOf(t.line, m.at[i])}
		t.line = m.at[i] + 1
	}
	return lines
}

// endOf is where the content of a line ends: before a carriage return, if there is
// one. It begins at from, or later, and the line feed is at end.
func (t *Text) endOf(from, end uint32) uint32 {
	if end > from && byteAt(t.base, end-1) == '\r' {
		end--
	}
	return end
}

// split returns the next pairs.
func (t *Text) split(delimiter byte) []pair {
	checkDelimiter(delimiter)
	m := &t.marks
	for t.err == nil {
		m.ends(t.base, len(t.data), delimiter)
		if m.n == 0 {
			break
		}
		t.pairs = room(t.pairs, m.n)
		if n := t.splitMarks(delimiter); n > 0 {
			return t.pairs[:n]
		}
	}
	return nil
}

// splitMarks makes pairs of the marks, up to the last line that ends among them.
func (t *Text) splitMarks(delimiter byte) (n int) {
	at, line, base, pairs := t.marks.at[:t.marks.n], t.line, t.base, t.pairs
	for len(at) > 1 {
		first, second := at[0], at[1]
		if byteAt(base, first) != delimiter || byteAt(base, second) != '\n' {
			lines := t.splitLine(line, at, delimiter, n)
			if lines.marks == 0 {
				break
			}
			line, n = at[lines.marks-1]+1, n+lines.pairs
			at = at[lines.marks:]
			continue
		}
		end := second
		if byteAt(base, end-1) == '\r' {
			end--
		}
		pairs[n] = pair{line, first, end}
		n++
		line = second + 1
		at = at[2:]
	}
	if len(at) == 1 && byteAt(base, at[0]) == '\n' {
		n += t.splitLine(line, at, delimiter, n).pairs
		line, at = at[0]+1, nil
	}
	t.line = line
	t.marks.keep(len(at))
	return n
}

// usedUp is what a line takes of the marks, and makes of pairs.
type usedUp struct{ marks, pairs int }

// splitLine is for a line with no delimiter, or with more than one. The pair, if it
// is one, becomes the nth. Nothing is used if the line does not end among the marks.
func (t *Text) splitLine(line uint32, at []uint32, delimiter byte, n int) usedUp {
	for i, end := range at {
		if byteAt(t.base, end) != '\n' {
			continue
		}
		if first := at[0]; i > 0 {
			t.pairs[n] = pair{line, first, t.endOf(first+1, end)}
			return usedUp{i + 1, 1}
		} else if t.endOf(line, first) > line {
			t.malformed(int(line), fmt.Errorf("a line without %q", delimiter))
		}
		return usedUp{i + 1, 0}
	}
	return usedUp{}
}

// keep moves the last n marks to the front, and makes sure that more can be found.
func (m *marks) keep(n int) {
	copy(m.at, m.at[m.n-n:m.n])
	m.n = n
	if m.full() {
		m.at = append(m.at, make([]uint32, len(m.at))...)
	}
}

func byteAt(base unsafe.Pointer, at uint32) byte { return *(*byte)(unsafe.Add(base, at)) }

func checkDelimiter(delimiter byte) {
	if delimiter >= 0x80 || delimiter == '\n' || delimiter == '\r' {
		panic(fmt.Sprintf("mapreduce: delimiter %q: it must be an ASCII character that ends no line", delimiter))
	}
}

// A Record is a line of fields. Like a [Token] it points into the input.
type Record struct {
	base unsafe.Pointer
	from uint32
	ends []uint32
}

// Len is the number of fields.
func (r Record) Len() int { return len(r.ends) }

// Field is the field of that index, from 0; an empty one behind the last.
func (r Record) Field(i int) Token {
	if uint(i) >= uint(len(r.ends)) {
		end := r.ends[len(r.ends)-1]
		return r.token(end, end)
	}
	if i == 0 {
		return r.token(r.from, r.ends[0])
	}
	return r.token(r.ends[i-1]+1, r.ends[i])
}

// Line is the whole record.
func (r Record) Line() Token { return r.token(r.from, r.ends[len(r.ends)-1]) }

func (r Record) token(from, to uint32) Token {
	return span{from, to}.token(r.base)
}

// fields returns the next records. Their marks stay where they are until the next
// call.
func (t *Text) fields(delimiter byte) []Record {
	checkDelimiter(delimiter)
	m := &t.marks
	t.records = t.records[:0]
	for len(t.records) == 0 && t.err == nil {
		m.keep(m.n - t.used)
		t.used = 0
		before := m.n
		m.ends(t.base, len(t.data), delimiter)
		if m.n == before {
			break
		}
		for i := before; i < m.n; i++ {
			if byteAt(t.base, m.at[i]) == '\n' {
				t.record(i)
			}
		}
	}
	return t.records
}

// record adds the record that ends at mark i.
func (t *Text) record(i int) {
	from, ends := t.line, t.marks.at[t.used:i+1:i+1]
	end := &ends[len(ends)-1]
	t.line, t.used = *end+1, i+1
	if *end > from && byteAt(t.base, *end-1) == '\r' {
		*end--
	}
	if len(ends) > 1 || ends[0] > from {
		t.records = append(t.records, Record{t.base, from, ends})
	}
}
