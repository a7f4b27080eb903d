package mapreduce

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/trivet-go/trivet/internal/park"
)

// textFeed hands out the pieces of an Input: of one file to many workers at once if
// it can be read at any place, of a stream to one worker at a time. A worker that
// finds a stream in use goes on to the next part of the input.
type textFeed struct {
	in      Input
	parts   []*part
	bytes   int64 // in all parts whose size is known
	unknown bool  // there are others

	mu    sync.Mutex // guards first, and the states of all parts; held for a few instructions
	first int        // the parts before it are used up
	line  park.Line  // of workers that wait for a stream, or for a file to be opened
}

// A part of the input is a file or a reader.
type part struct {
	name  string
	index int
	size  int64 // of a file that can be cut; 0: unknown

	state  state // guarded by the feed's mu
	next   int   // piece to hand out; of a stream it belongs to who reads it
	pieces int   // of a file that is cut

	from     io.Reader // of a stream
	carry    []byte    // read, but not handed out: a line that is not whole
	offset   int64     // of what is to be handed out next
	dropping bool      // a line that is too long goes on

	mu     sync.Mutex // guards closer, when the last piece is done
	at     io.ReaderAt
	mapped []byte
	closer io.Closer
	left   atomic.Int64 // pieces that are not done
}

type state uint8

const (
	closed state = iota
	busy         // somebody opens it or reads the stream
	open         // a stream that nobody reads, or a file of which there are pieces
	used         // nothing to hand out
)

func (f *textFeed) total() (int64, string) {
	if f.unknown {
		return 0, "bytes"
	}
	return f.bytes, "bytes"
}

// close closes what the end of a run has left open.
func (f *textFeed) close() {
	for _, p := range f.parts {
		p.close()
	}
}

func (p *part) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mapped != nil {
		unmapFile(p.mapped)
		p.mapped = nil
	}
	if p.closer != nil {
		p.closer.Close()
		p.closer = nil
	}
}

func (f *textFeed) worker() taker[*Text] {
	t := &textTaker{feed: f, text: Text{skip: f.in.SkipMalformed}}
	t.in[0] = &t.text
	return t
}

// A textTaker is a worker's way to its Text.
type textTaker struct {
	feed *textFeed
	part *part // of the piece taken last
	text Text
	in   [1]*Text
	buf  []byte
}

func (t *textTaker) take(ctx context.Context, wait func(func())) (piece[*Text], bool, error) {
	p, i, over := t.feed.pick()
	if p == nil && !over {
		var err error
		wait(func() {
			err = t.feed.line.Wait(ctx, func() bool {
				p, i, over = t.feed.pick()
				return p != nil || over
			})
		})
		if err != nil {
			return piece[*Text]{}, false, err
		}
	}
	if p == nil {
		return piece[*Text]{}, false, nil
	}
	t.part = p
	read, err := t.read(p, i)
	if err != nil {
		return read, false, err
	}
	read.part, read.faulty = p.index, t.text.faulty
	if len(t.text.data) > 0 {
		read.in = t.in[:]
	}
	t.text.faulty = 0
	return read, true, nil
}

// pick chooses the first part that can be used. Of a file that is cut it returns
// the number of the piece; any other part is the caller's alone until release.
// over tells that nothing is left.
func (f *textFeed) pick() (p *part, i int, over bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.first < len(f.parts) && f.parts[f.first].state == used {
		f.first++
	}
	for _, p := range f.parts[f.first:] {
		switch {
		case p.state == open && p.pieces > 0:
			i = p.next
			p.next++
			if p.next == p.pieces {
				p.state = used
				if f.first == len(f.parts)-1 {
					f.line.WakeAll() // there is nothing to wait for
				}
			}
			return p, i, false
		case p.state == open || p.state == closed:
			was := p.state
			p.state = busy
			if was == closed {
				return p, -1, false
			}
			return p, p.next, false
		}
	}
	return nil, 0, f.first == len(f.parts)
}

// release lets others use a part again.
func (f *textFeed) release(p *part, s state) {
	f.mu.Lock()
	p.state = s
	f.mu.Unlock()
	f.line.WakeAll()
}

// read reads a piece of the part.
func (t *textTaker) read(p *part, i int) (piece[*Text], error) {
	if i < 0 {
		if err := t.feed.openPart(p); err != nil {
			return piece[*Text]{}, err
		}
		if p.pieces > 0 {
			p.next = 1
			s := open
			if p.pieces == 1 {
				s = used
			}
			t.feed.release(p, s)
			return t.cut(p, 0)
		}
	} else if p.pieces > 0 {
		return t.cut(p, i)
	}
	return t.stream(p)
}

// openPart opens a file, and finds out whether it can be cut.
func (f *textFeed) openPart(p *part) error {
	if p.from != nil {
		return nil // a reader of the user's
	}
	file, err := f.in.openFile(p.name)
	if err != nil {
		return fmt.Errorf("mapreduce: %w", err)
	}
	p.closer = file
	if at, ok := file.(io.ReaderAt); ok && p.size > 0 {
		p.at = at
		p.pieces = int((p.size + int64(f.in.piece) - 1) / int64(f.in.piece))
		p.left.Store(int64(p.pieces))
		if f.in.Mapped {
			p.mapped = mapFile(file, p.size) // nil where that is not possible: it is read
		}
		return nil
	}
	p.from = file
	if format := f.in.format(p.name); format != nil {
		if p.from, err = format(file); err != nil {
			return fmt.Errorf("mapreduce: %s: %w", p.name, err)
		}
	}
	return nil
}

// cut makes the text that of piece i of a file: the lines that begin in it. It
// looks at the byte before the piece to see whether one begins where it begins.
func (t *textTaker) cut(p *part, i int) (piece[*Text], error) {
	size := int64(t.feed.in.piece)
	begin := int64(i) * size
	end := min(begin+size, p.size)
	out := piece[*Text]{number: i, last: i == p.pieces-1, size: end - begin}
	if data, from, ok, err := t.view(p, begin, end); ok || err != nil {
		t.text.set(p.name, from, data)
		out.mapped = true
		return out, err
	}
	from := max(begin-1, 0)
	data, err := t.readAt(p, t.buf[:0], from, end)
	if err != nil {
		return out, err
	}
	if begin > 0 {
		first := bytes.IndexByte(data, '\n') + 1
		if first == 0 || first == len(data) {
			t.text.set(p.name, begin, nil)
			return out, nil
		}
		data = data[first:]
		from += int64(first)
	}
	data, err = t.finish(p, data, from)
	if err != nil {
		return out, err
	}
	t.text.set(p.name, from, data)
	return out, nil
}

// view is the lines that begin in a piece of a mapped file. It is not ok if the
// file is not mapped, or the lines are so near to its ends that scanning them would
// look at what is beyond.
func (t *textTaker) view(p *part, begin, end int64) (data []byte, from int64, ok bool, err error) {
	m := p.mapped
	if m == nil || begin < lead {
		return nil, 0, false, nil
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if err = faultToError(recover()); err != nil {
			err = fmt.Errorf("mapreduce: %s: %w", p.name, err)
		}
	}()
	first := bytes.IndexByte(m[begin-1:end-1], '\n')
	if first < 0 {
		return nil, begin, true, nil
	}
	begin += int64(first)
	if m[end-1] != '\n' {
		rest := bytes.IndexByte(m[end:min(end+int64(t.feed.in.piece), int64(len(m)))], '\n')
		if rest < 0 {
			return nil, 0, false, nil
		}
		end += int64(rest) + 1
	}
	if end+padding > int64(len(m)) {
		return nil, 0, false, nil
	}
	return m[begin:end], begin, true, nil
}

// finish adds the rest of the last line of data, which stands at from in the file.
func (t *textTaker) finish(p *part, data []byte, from int64) ([]byte, error) {
	line := bytes.LastIndexByte(data, '\n') + 1
	for step := int64(1 << 10); line < len(data); step = min(4*step, int64(t.feed.in.piece)) {
		at := from + int64(len(data))
		if at == p.size {
			data = append(grow(data, 1), '\n')
			break
		}
		before := len(data)
		var err error
		if data, err = t.readAt(p, data, at, min(at+step, p.size)); err != nil {
			return nil, err
		}
		if ends := bytes.IndexByte(data[before:], '\n'); ends >= 0 {
			data = data[:before+ends+1]
			break
		}
		if len(data)-line > t.feed.in.Longest {
			break
		}
	}
	if length := len(bytes.TrimSuffix(data[line:], newline)); length > t.feed.in.Longest {
		err := t.tooLong(p, from+int64(line))
		return data[:line], err
	}
	return grow(data, 0), nil
}

var newline = []byte("\n")

func (t *textTaker) tooLong(p *part, at int64) error {
	if t.text.skip {
		t.text.faulty++
		return nil
	}
	return &RecordError{p.name, at, fmt.Errorf("a line of more than %d bytes; Input.Longest allows longer ones", t.feed.in.Longest)}
}

// readAt appends the bytes of the file from one offset to another to data, which is
// a part of the taker's buffer.
func (t *textTaker) readAt(p *part, data []byte, from, to int64) ([]byte, error) {
	n := len(data)
	data = grow(data, int(to-from))[:n+int(to-from)]
	if cap(data) > cap(t.buf) {
		t.buf = data[:0]
	}
	got, err := p.at.ReadAt(data[n:], from)
	switch {
	case got == len(data)-n:
		return data, nil
	case err == io.EOF:
		return nil, fmt.Errorf("mapreduce: %s: ends at byte %d, but was %d bytes long when the run began: %w", p.name, from+int64(got), p.size, io.ErrUnexpectedEOF)
	}
	return nil, fmt.Errorf("mapreduce: %s: at byte %d: %w", p.name, from+int64(got), err)
}

// stream reads the next piece of a stream, which is the caller's alone. Whatever
// the reader returns at a time, the pieces are the same.
func (t *textTaker) stream(p *part) (piece[*Text], error) {
	s := used // unless there is more
	defer func() { t.feed.release(p, s) }()
	out := piece[*Text]{number: p.next}
	data := append(grow(t.buf[:0], len(p.carry)), p.carry...)
	p.carry = p.carry[:0]
	for size := t.feed.in.piece; ; size += t.feed.in.piece {
		var err error
		data, err = t.fill(p, data, size)
		if err != nil && err != io.EOF {
			return out, fmt.Errorf("mapreduce: %s: at byte %d: %w", p.name, p.offset+int64(len(data)), err)
		}
		out.last = err == io.EOF
		if out.last && len(data) > 0 && data[len(data)-1] != '\n' {
			data = append(grow(data, 1), '\n')
		}
		if data, err = t.dropTooLong(p, data); err != nil {
			return out, err
		}
		if ends := bytes.LastIndexByte(data, '\n') + 1; ends > 0 || out.last {
			p.carry = append(p.carry, data[ends:]...)
			data = grow(data[:ends], 0)
			break
		}
	}
	t.text.set(p.name, p.offset, data)
	out.size = int64(len(data))
	p.offset += int64(len(data))
	p.next++
	if out.last {
		p.close()
		return out, nil
	}
	s = open
	return out, nil
}

// fill appends what the stream has to data, up to size bytes in all.
func (t *textTaker) fill(p *part, data []byte, size int) ([]byte, error) {
	have := len(data)
	if have >= size {
		return data, nil
	}
	data = grow(data, size-have)
	if cap(data) > cap(t.buf) {
		t.buf = data[:0]
	}
	n, err := readFull(p.from, data[have:size])
	return data[:have+n], err
}

// dropTooLong takes the first line off data if it is longer than lines may be,
// whether it ends in data or not. Only the first can be, for pieces are not longer.
func (t *textTaker) dropTooLong(p *part, data []byte) ([]byte, error) {
	length := bytes.IndexByte(data, '\n')
	if length < 0 {
		length = len(data)
	}
	if p.dropping {
		length = max(length, t.feed.in.Longest+1)
	}
	if length <= t.feed.in.Longest {
		return data, nil
	}
	if !p.dropping {
		if err := t.tooLong(p, p.offset); err != nil {
			return nil, err
		}
	}
	drop := bytes.IndexByte(data, '\n') + 1
	p.dropping = drop == 0
	if p.dropping {
		drop = len(data)
	}
	p.offset += int64(drop)
	return data[:copy(data, data[drop:])], nil
}

// readFull fills b unless the reader ends. Unlike io.ReadFull it keeps apart a
// reader that has ended and one that says that its input ended too early.
func readFull(r io.Reader, b []byte) (n int, err error) {
	for idle := 0; n < len(b); {
		got, err := r.Read(b[n:])
		n += got
		switch {
		case err != nil:
			return n, err
		case got > 0:
			idle = 0
		default:
			if idle++; idle == 100 {
				return n, io.ErrNoProgress
			}
		}
	}
	return n, nil
}

func (t *textTaker) done(p *piece[*Text], err error) error {
	if left := t.part.left.Add(-1); left == 0 {
		t.part.close()
	}
	p.faulty += t.text.faulty
	t.text.faulty = 0
	switch {
	case t.text.err != nil:
		return t.text.err
	case err != nil:
		return fmt.Errorf("mapreduce: %s, in the lines from byte %d on: %w", t.text.name, t.text.offset, err)
	}
	return nil
}
