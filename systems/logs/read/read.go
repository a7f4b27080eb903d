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
	"slices"
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
	Size   int64 // in bytes, as it lies on disk; -1: not known
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
		names, err := match(pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if seen[name] {
				continue
			}
			seen[name] = true
			s := Source{Number: len(all), Name: name, Size: -1}
			if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
				s.Size = info.Size()
			}
			all = append(all, s)
		}
	}
	return all, nil
}

// Folders returns the folders that globs find, which Sources leaves away.
func Folders(patterns ...string) (folders []string) {
	for _, pattern := range patterns {
		if _, err := os.Stat(pattern); err == nil || pattern == "-" {
			continue // no glob
		}
		names, _ := filepath.Glob(pattern)
		for _, name := range names {
			if isFolder(name) && !slices.Contains(folders, name) {
				folders = append(folders, name)
			}
		}
	}
	return folders
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// match returns the files that a pattern names. A file of just that name comes
// before a glob; folders that a glob finds are left away.
func match(pattern string) ([]string, error) {
	info, err := os.Stat(pattern)
	switch {
	case pattern == "-", err == nil && !info.IsDir():
		return []string{pattern}, nil
	case err == nil:
		return nil, fmt.Errorf("read: %s is a folder: name the files in it, as in '%s'", pattern, filepath.Join(pattern, "*.log"))
	}
	names, err := filepath.Glob(pattern)
	if err != nil {
		return nil, fmt.Errorf("read: %q: %w", pattern, err)
	}
	names = slices.DeleteFunc(names, isFolder)
	if len(names) == 0 {
		return nil, fmt.Errorf("read: no file is named %q: quote a glob, so that the shell leaves it alone, and mind the folder", pattern)
	}
	return names, nil
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
		if s.Size < 0 {
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
	f, stop, err := open(ctx, s.Name)
	if err != nil {
		return true, errors.Unwrap(err)
	}
	defer stop()
	info, err := f.Stat()
	if err != nil {
		return true, errors.Unwrap(err)
	}
	buffered := bufio.NewReaderSize(&counting{f, ctx, &r.bytes}, bufferSize)
	if magic, _ := buffered.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return true, err
		}
		defer z.Close()
		buffered = bufio.NewReaderSize(z, bufferSize)
	}
	l := lines{Reader: buffered, max: r.MaxLine, source: s, next: 1, live: !info.Mode().IsRegular()}
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

// counting ends with ctx, even within a line without an end.
type counting struct {
	io.Reader
	ctx context.Context
	n   *atomic.Int64
}

func (c *counting) Read(b []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	n, err := c.Reader.Read(b)
	c.n.Add(int64(n))
	return n, err
}
