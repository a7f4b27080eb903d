// Package board is what scoreboards have in common: a name, options, a line of
// progress, and the temporary directory that they build in.
package board

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Board is a scoreboard.
type Board struct {
	Name string
	What string // one line
	Make func(context.Context, Options) error

	// Contest boards compare running code and print rows of one shape. They are what
	// runs when no board is named, and the JSON of several is one array.
	Contest bool
}

// Options are the user's wishes.
type Options struct {
	Pairs       int      // interleaved pairs a measurement
	Repeats     int      // runs a number of emulated cores
	Kinds       []string // what to try; empty: all
	Trivet      string   // path of the command; empty: build it
	MeasureOnly bool     // ask trivet nothing
	JSON        bool
	Rounds      int           // in which a contest's subjects run in turn
	Sample      time.Duration // about how long each runs in a round
	Full        bool          // inputs of the size that claims are about, where the usual ones are smaller
	Idle        time.Duration // how long idle queues are watched in a round
	Out         io.Writer
	Rows        *Rows // where contests put their rows when JSON is asked for
	Progress    *Progress
}

// Rows collects the rows of several boards.
type Rows struct{ rows []any }

// Add adds a row that can be encoded as JSON.
func (r *Rows) Add(row any) { r.rows = append(r.rows, row) }

// Print writes all rows as one array.
func (r *Rows) Print(w io.Writer) error { return json.NewEncoder(w).Encode(r.rows) }

// Wants tells whether the user asked for name. Unknown names are caught by
// [Options.CheckKinds].
func (o Options) Wants(name string) bool {
	return len(o.Kinds) == 0 || slices.Contains(o.Kinds, name)
}

// CheckKinds refuses a wish that none of the known names fulfils.
func (o Options) CheckKinds(known []string) error {
	for _, k := range o.Kinds {
		if !slices.Contains(known, k) {
			return fmt.Errorf("nothing is called %q; there are %s", k, strings.Join(known, ", "))
		}
	}
	return nil
}

// Machine describes what the figures were measured on.
func Machine() string {
	return fmt.Sprintf("%s, %s/%s, %d cores", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
}

// Build compiles the package pkg, a path relative to the bench directory, into
// dir as name, without any overlay, and returns the binary's path.
func Build(ctx context.Context, dir, name, pkg string) (string, error) {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	path := filepath.Join(dir, name)
	out, err := exec.CommandContext(ctx, "go", "build", "-o", path, pkg).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build %s: %w\n%s", pkg, err, out)
	}
	return path, nil
}

// Progress tells on a terminal what is being done, in one line that is written
// over again. Elsewhere it writes a line each time.
type Progress struct {
	w        io.Writer
	terminal bool
}

// NewProgress returns a Progress that writes to f.
func NewProgress(f *os.File) *Progress {
	info, err := f.Stat()
	return &Progress{w: f, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

// Sayf says what begins now.
func (p *Progress) Sayf(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K%s", line)
		return
	}
	fmt.Fprintln(p.w, line)
}

// Tickf says how far it is, on a terminal; elsewhere that would be lines and lines.
func (p *Progress) Tickf(format string, args ...any) {
	if p.terminal {
		p.Sayf(format, args...)
	}
}

// Done clears the line.
func (p *Progress) Done() {
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
