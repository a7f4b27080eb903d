// Package read turns files, globs and standard input into chunks of lines.
package read

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/trivet-go/trivet/systems/logs/event"
)

const (
	chunkLines = 1000
	bufferSize = 1 << 18

	// DefaultMaxLine is how long a line may be, in bytes.
	DefaultMaxLine = 1 << 20
)

// A Source is one file, or standard input, whose name is "-".
type Source struct {
	Number int
	Name   string
	Size   int64 // in bytes, as it lies on disk; 0 if not known
}

// A Chunk is some lines of one source that follow one another.
type Chunk struct {
	Source Source
	First  int64    // number of the first line, from 1
	Lines  [][]byte // without newlines
	Long   []Long   // lines longer than allowed; their places in Lines are empty
}

// ID returns that of line number i of the chunk.
func (c *Chunk) ID(i int) event.ID {
	return event.ID{Source: c.Source.Number, Line: c.First + int64(i)}
}

// Long is a line that is longer than allowed.
type Long struct {
	Index  int // in Chunk.Lines
	Offset int64
	Length int64
	Head   []byte // as much of it as was allowed
}

// Sources finds the files that patterns name. "-" is standard input.
func Sources(patterns ...string) ([]Source, error) {
	if len(patterns) == 0 {
		return nil, errors.New("read: nothing to read: name files, globs, or - for standard input")
	}
	var all []Source
	seen := map[string]bool{}
	for _, pattern := range patterns {
		names := []string{pattern}
		if pattern != "-" {
			var err error
			if names, err = filepath.Glob(pattern); err != nil {
				return nil, fmt.Errorf("read: %q: %w", pattern, err)
			}
			if len(names) == 0 {
				return nil, fmt.Errorf("read: no file is named %q: quote a glob, so that the shell leaves it alone, and mind the folder", pattern)
			}
		}
		for _, name := range names {
			if seen[name] {
				continue
			}
			seen[name] = true
			s := Source{Number: len(all), Name: name}
			if name != "-" {
				info, err := os.Stat(name)
				if err != nil {
					return nil, fmt.Errorf("read: %w", err)
				}
				if info.IsDir() {
					return nil, fmt.Errorf("read: %s is a folder: name the files in it, as in '%s'", name, filepath.Join(name, "*.log"))
				}
				if info.Mode().IsRegular() {
					s.Size = info.Size()
				}
			}
			all = append(all, s)
		}
	}
	return all, nil
}

// A Reader reads sources, one after the other.
type Reader struct {
	Sources []Source
	MaxLine int // bytes; 0 means DefaultMaxLine

	bytes, lines atomic.Int64
}

// Progress returns how many bytes have been read, as they lie on disk, and how
// many lines were in them. It may be called at any time, by any goroutine.
func (r *Reader) Progress() (bytes, lines int64) { return r.bytes.Load(), r.lines.Load() }

// Size returns how many bytes there are to read, and whether that is known.
func (r *Reader) Size() (bytes int64, known bool) {
	for _, s := range r.Sources {
		if s.Size == 0 && s.Name == "-" {
			return 0, false
		}
		bytes += s.Size
	}
	return bytes, true
}

// Chunks yields all lines in chunks. A chunk is the receiver's own.
//
// A source that cannot be read to its end does not keep those after it from
// being read; its error is returned in the end, joined with others.
func (r *Reader) Chunks(ctx context.Context, yield func(Chunk) bool) error {
	var errs []error
	for _, s := range r.Sources {
		more, err := r.source(ctx, s, yield)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("read: %s: %w", s.Name, err))
		}
		if !more {
			break
		}
	}
	return errors.Join(errs...)
}

func (r *Reader) source(ctx context.Context, s Source, yield func(Chunk) bool) (more bool, err error) {
	var in io.Reader
	live := s.Name == "-"
	if live {
		stdin, stop := standardInput(ctx)
		defer stop()
		in = stdin
	} else {
		f, err := os.Open(s.Name)
		if err != nil {
			return true, errors.Unwrap(err)
		}
		defer f.Close()
		in = f
	}
	in = &counting{in, &r.bytes}
	buffered := bufio.NewReaderSize(in, bufferSize)
	if magic, _ := buffered.Peek(2); strings.HasSuffix(s.Name, ".gz") || string(magic) == "\x1f\x8b" {
		if len(magic) == 0 {
			return true, nil // an empty file, whatever its name
		}
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return true, err
		}
		defer z.Close()
		buffered = bufio.NewReaderSize(z, bufferSize)
	}
	l := lines{Reader: buffered, max: r.MaxLine, source: s, next: 1, live: live}
	if l.max <= 0 {
		l.max = DefaultMaxLine
	}
	for {
		if ctx.Err() != nil {
			return false, nil
		}
		chunk, err := l.chunk()
		r.lines.Add(int64(len(chunk.Lines)))
		if len(chunk.Lines) > 0 && !yield(chunk) {
			return false, nil
		}
		if err == io.EOF {
			return true, nil
		}
		if err != nil {
			return true, fmt.Errorf("after line %d: %w", l.next-1, err)
		}
	}
}

type counting struct {
	io.Reader
	n *atomic.Int64
}

func (c *counting) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n.Add(int64(n))
	return n, err
}
