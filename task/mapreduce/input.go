package mapreduce

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Files is the text of files: names, or patterns as in [filepath.Match], like
// "logs/*.gz". Names that end in .gz are decompressed.
func Files(patterns ...string) Input { return Input{Files: patterns} }

// Reader is the text that r has. The name stands in errors.
func Reader(name string, r io.Reader) Input { return Input{Readers: []Named{{name, r}}} }

// An Input is text from files and readers; as a [Source] it is cut into pieces of
// whole lines, which are mapped at the same time. Files are cut wherever they are
// long, the text of readers and of compressed files as it comes.
type Input struct {
	Files   []string // names, or patterns as in filepath.Match; path.Match with FS
	FS      fs.FS    // where Files are; the operating system's files if nil
	Readers []Named  // read after Files

	// Formats opens files by the extensions of their names, ".zst" for one. There
	// is one for ".gz" already.
	Formats map[string]func(io.Reader) (io.Reader, error)

	// SkipMalformed counts malformed records in the Stats, instead of failing.
	SkipMalformed bool

	// Longest is how many bytes a line may have, 256 KiB at least and 1 GiB at most;
	// 0 means 64 MiB. A longer line is malformed. One that is not is in memory as a
	// whole, once for each worker that meets such lines.
	Longest int

	// Mapped maps files into memory instead of reading them, where the system can.
	// That saves a copy, a tenth of the time of a simple job. But if another process
	// truncates a file meanwhile, or the disk fails, reading the memory is a fault
	// (SIGBUS). Within Map on its own goroutine the fault becomes an error of the
	// run; a goroutine of Map's own, or C code, that reads a Token then ends the
	// process.
	Mapped bool

	piece int // bytes in a piece, instead of pieceSize; for tests
}

// Named is a reader with the name that it has in errors.
type Named struct {
	Name   string
	Reader io.Reader
}

const (
	// pieceSize is so small that a piece is in the second-level cache when it is
	// scanned, and so large that taking it costs nothing.
	pieceSize = 256 << 10

	defaultLongest = 64 << 20
)

// open finds the files.
func (in Input) open(context.Context) (feed[*Text], error) {
	if in.piece == 0 {
		in.piece = pieceSize
	}
	if in.Longest <= 0 {
		in.Longest = defaultLongest
	}
	in.Longest = min(max(in.Longest, in.piece), 1<<30)
	f := &textFeed{in: in}
	for _, pattern := range in.Files {
		names, err := in.match(pattern)
		if err != nil {
			return nil, fmt.Errorf("mapreduce: %w", err)
		}
		for _, name := range names {
			p, err := in.part(name)
			if err != nil {
				return nil, fmt.Errorf("mapreduce: %w", err)
			}
			f.parts = append(f.parts, p)
		}
	}
	for _, r := range in.Readers {
		f.parts = append(f.parts, &part{name: r.Name, from: r.Reader})
	}
	for i, p := range f.parts {
		p.index = i
		if p.size == 0 {
			f.unknown = true
		}
		f.bytes += p.size
	}
	return f, nil
}

// match returns the names that a pattern stands for: a file of that very name, or
// those that it matches.
func (in *Input) match(pattern string) (names []string, err error) {
	if !strings.ContainsAny(pattern, `*?[\`) {
		return []string{pattern}, nil
	}
	if _, err := in.stat(pattern); err == nil {
		return []string{pattern}, nil
	}
	if in.FS != nil {
		names, err = fs.Glob(in.FS, pattern)
	} else {
		names, err = filepath.Glob(pattern)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("%q: %w", pattern, err)
	case len(names) == 0:
		return nil, fmt.Errorf("no file matches %q: %w", pattern, fs.ErrNotExist)
	}
	return names, nil
}

func (in *Input) stat(name string) (fs.FileInfo, error) {
	if in.FS != nil {
		return fs.Stat(in.FS, name)
	}
	return os.Stat(name)
}

// part describes a file.
func (in *Input) part(name string) (*part, error) {
	info, err := in.stat(name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("is a directory; name the files in it by a pattern, \"" + name + "/*\"")}
	}
	p := &part{name: name}
	if info.Mode().IsRegular() && in.format(name) == nil {
		p.size = info.Size() // 0 where the system does not tell, as for files of /proc
	}
	return p, nil
}

// format is what opens files of that name, nil for plain text.
func (in *Input) format(name string) func(io.Reader) (io.Reader, error) {
	ext := path.Ext(filepath.ToSlash(name))
	if f := in.Formats[ext]; f != nil {
		return f
	}
	if ext == ".gz" {
		return func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }
	}
	return nil
}

func (in *Input) openFile(name string) (fs.File, error) {
	if in.FS != nil {
		return in.FS.Open(name)
	}
	return os.Open(name)
}
