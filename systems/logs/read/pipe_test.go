//go:build unix

package read

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trivet-go/trivet/task/scoped"
)

func pipe(t *testing.T) (name string, r *Reader) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skip(err)
	}
	sources, err := Sources(name)
	if err != nil {
		t.Fatal(err)
	}
	r = &Reader{Sources: sources}
	if _, known := r.Size(); known {
		t.Error("nobody knows how much comes through a pipe")
	}
	return name, r
}

// A line of a named pipe is there when it is written, be the writer late or not
// at its end.
func TestPipe(t *testing.T) {
	name, r := pipe(t)
	err := scoped.Run(t.Context(), func(g *scoped.Group) error {
		written := make(chan string)
		g.Go(func(ctx context.Context) error {
			return r.Chunks(ctx, func(c Chunk) bool {
				for _, line := range c.Lines {
					written <- string(line)
				}
				return true
			})
		})
		w, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		for _, line := range []string{"one", "two"} {
			if _, err := w.WriteString(line + "\n"); err != nil {
				return err
			}
			if got := <-written; got != line {
				t.Errorf("got %q, want %q", got, line)
			}
		}
		return w.Close()
	})
	if err != nil {
		t.Error(err)
	}
}

func TestCancelBeforeAnybodyWrites(t *testing.T) {
	_, r := pipe(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := r.Chunks(ctx, func(Chunk) bool { return true }); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestCancelWhileNobodyWrites(t *testing.T) {
	name, r := pipe(t)
	w, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.WriteString(strings.Repeat("x\n", 10)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := r.Chunks(ctx, func(Chunk) bool { cancel(); return true }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
