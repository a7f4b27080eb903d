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

// A sleep takes many times what it asks for, so the budget is kept by the
// clock: 400 thousand places that ask for a microsecond each get far fewer.
func TestTheBudgetIsKeptByTheClock(t *testing.T) {
	bin := prog(t)
	budget := 20 * time.Millisecond
	began := time.Now()
	book, out, err := haunt(t, bin, overlay.Haunting{Seed: 1, Sleeps: 1024, Longest: time.Microsecond, Budget: budget}, "many")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s, err := book.State()
	if err != nil {
		t.Fatal(err)
	}
	if s.Held < budget || s.Held > s.Ran || s.Ran > time.Since(began) {
		t.Errorf("held up %v of %v, with a budget of %v", s.Held, s.Ran, budget)
	}
	if s.Shakes == 0 || s.Shakes > 5000 {
		t.Errorf("%d sleeps in %v", s.Shakes, s.Held)
	}
}

// The same seed disturbs at the same places.
func TestASeedDecidesTheSame(t *testing.T) {
	bin := prog(t)
	var shakes []int
	for _, seed := range []int{1, 1, 2} {
		book, out, err := haunt(t, bin, overlay.Haunting{Seed: seed, Sleeps: 2, Longest: time.Microsecond, Budget: time.Hour}, "many")
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		s, err := book.State()
		if err != nil {
			t.Fatal(err)
		}
		shakes = append(shakes, s.Shakes)
	}
	if shakes[0] == 0 || shakes[0] != shakes[1] || shakes[0] == shakes[2] {
		t.Errorf("sleeps with seeds 1, 1, 2: %v", shakes)
	}
}
