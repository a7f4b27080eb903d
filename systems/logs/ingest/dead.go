package ingest

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/trivet-go/trivet/state/guarded"
)

// A DeadLetter is a line that could not be indexed.
type DeadLetter struct {
	Source string    `json:"source"`
	Line   int64     `json:"line"`             // its number
	Offset int64     `json:"offset,omitempty"` // where it begins, if it was too long
	Length int64     `json:"length"`           // in bytes
	Reason string    `json:"reason"`
	When   time.Time `json:"when"`
	Text   string    `json:"text"`          // as a Go string literal would have it, at most its first kilobyte
	Raw    []byte    `json:"raw,omitempty"` // in base64: all of it, or as much as was allowed
}

// recent is how many are kept in memory.
const recent = 100

// DeadLetters writes dead letters to a file, one JSON object a line, and
// remembers the last ones.
type DeadLetters struct {
	to   io.Writer
	kept guarded.Value[deadKept]
}

type deadKept struct {
	count int64
	last  []DeadLetter
}

// NewDeadLetters writes to w, each letter with one call of Write.
func NewDeadLetters(w io.Writer) *DeadLetters { return &DeadLetters{to: w} }

// Add writes a letter. An error means that it may be lost.
func (d *DeadLetters) Add(l DeadLetter) (err error) {
	l.When = time.Now().UTC()
	l.Text = preview(l.Raw)
	encoded, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("ingest: dead letter of %s:%d: %w", l.Source, l.Line, err)
	}
	d.kept.Do(func(k *deadKept) {
		if _, err = d.to.Write(append(encoded, '\n')); err != nil {
			err = fmt.Errorf("ingest: dead letter of %s:%d: %w", l.Source, l.Line, err)
			return
		}
		k.count++
		l.Raw = nil
		if k.last = append(k.last, l); len(k.last) > recent {
			k.last = slices.Delete(k.last, 0, 1)
		}
	})
	return err
}

// Last returns how many there are, and the last ones, the latest first.
func (d *DeadLetters) Last() (count int64, last []DeadLetter) {
	d.kept.Do(func(k *deadKept) {
		count, last = k.count, slices.Clone(k.last)
	})
	slices.Reverse(last)
	return count, last
}

func preview(raw []byte) string {
	q := strconv.Quote(string(raw[:min(len(raw), 1024)]))
	return q[1 : len(q)-1]
}
