package read

import (
	"bufio"
	"bytes"
	"errors"
)

// lines cuts what a source has into chunks.
type lines struct {
	*bufio.Reader
	source Source
	max    int
	next   int64 // number of the next line
	offset int64 // where it begins
	live   bool  // do not wait for more while there are lines to hand on
}

// chunk reads one chunk. With an error it returns the lines before that.
func (l *lines) chunk() (Chunk, error) {
	c := Chunk{Source: l.source, First: l.next}
	size := bufferSize
	if l.live {
		size = max(l.Buffered(), 1<<10) // lines may come one by one
	}
	arena := make([]byte, 0, size)
	for len(c.Lines) < chunkLines && len(arena) < bufferSize {
		if l.live && len(c.Lines) > 0 && l.Buffered() == 0 {
			break
		}
		start := len(arena)
		longer := int64(0)
		var err error
		arena, longer, err = l.line(arena)
		length := int64(len(arena)-start) + longer
		if length == 0 {
			return c, err
		}
		line := bytes.TrimSuffix(arena[start:len(arena):len(arena)], []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		if longer > 0 {
			c.Long = append(c.Long, Long{Index: len(c.Lines), Offset: l.offset, Length: length, Head: line[:l.max]})
			line = nil
		}
		c.Lines = append(c.Lines, line)
		l.next++
		l.offset += length
		if err != nil {
			return c, err
		}
	}
	return c, nil
}

// line appends one line with its newline to arena. Of a line that is too long
// it leaves away the rest, and returns its length.
func (l *lines) line(arena []byte) (grown []byte, longer int64, err error) {
	start := len(arena)
	for {
		part, err := l.ReadSlice('\n')
		room := max(l.max+1-(len(arena)-start), 0) // one more for the newline
		if len(part) > room {
			longer += int64(len(part) - room)
			part = part[:room]
		}
		arena = append(arena, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return arena, longer, err
		}
	}
}
