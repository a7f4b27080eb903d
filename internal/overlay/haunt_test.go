//go:build linux

package overlay_test

import (
	"context"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/trivet-go/trivet/internal/overlay"
)

// haunt runs a program with a book, and gives both back after its end.
func haunt(t *testing.T, bin string, h overlay.Haunting, args ...string) (book *overlay.Book, out string, err error) {
	t.Helper()
	book, err = overlay.NewBook(t.TempDir(), 1<<16)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(book.Close)
	h.Book = book.Name()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // a hang shows its stacks
	defer cancel()
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGQUIT) }
	cmd.Env = append(os.Environ(), overlay.EnvName+"="+overlay.HauntingEnv(h))
	text, err := cmd.CombinedOutput()
	return book, string(text), err
}

// The collector starts on the stack of whoever allocates, and uses a channel
// there: what the hook allocates must not start the collector a second time,
// which would wait for itself.
func TestTheHookStartsNoCollection(t *testing.T) {
	bin := prog(t)
	for _, h := range []overlay.Haunting{{}, {Seed: 1, Yields: 300, Sleeps: 60, Longest: 100 * time.Microsecond, Budget: time.Second}} {
		if _, out, err := haunt(t, bin, h, "collect"); err != nil {
			t.Errorf("%+v: %v\n%.3000s", h, err, out)
		}
	}
}
