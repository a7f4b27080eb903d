// Package event is what the parts of the log search hand to each other: one line
// of a log, and what is known of it.
package event

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

// Raw is the format of lines that no parser took.
const Raw = "raw"

// An Event is one line.
type Event struct {
	ID     ID
	Time   time.Time // zero: the line tells none
	Format string    // of its parser, or Raw
	Line   []byte    // without its newline
	Fields []Field
}

// A Field is a part of a line that has a name.
type Field struct {
	Name  string
	Value []byte
}

// An ID says which line of which source it is. The same line has the same ID
// whenever it is read, so indexing it twice leaves it there once.
type ID struct {
	Source int   // number of the source, from 0
	Line   int64 // number of the line, from 1
}

// String is sorted as the IDs are.
func (id ID) String() string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(id.Line))
	var s [2*3 + 2*6]byte
	src := [3]byte{byte(id.Source >> 16), byte(id.Source >> 8), byte(id.Source)}
	hex.Encode(s[:6], src[:])
	hex.Encode(s[6:], b[2:])
	return string(s[:])
}

// ParseID is the opposite of String.
func ParseID(s string) (ID, error) {
	var b [9]byte
	if len(s) != 18 {
		return ID{}, fmt.Errorf("event: %q is not the ID of a line", s)
	}
	if _, err := hex.Decode(b[:], []byte(s)); err != nil {
		return ID{}, fmt.Errorf("event: %q is not the ID of a line: %w", s, err)
	}
	id := ID{Source: int(b[0])<<16 | int(b[1])<<8 | int(b[2])}
	for _, c := range b[3:] {
		id.Line = id.Line<<8 | int64(c)
	}
	return id, nil
}
