package demon_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trivet-go/trivet/why/demon"
)

// recorder is a test that keeps what it was told, and runs its cleanups by hand.
type recorder struct {
	testing.TB
	errors   []string
	cleanups []func()
}

func (r *recorder) Helper()           {}
func (r *recorder) Cleanup(f func())  { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Error(args ...any) { r.errors = append(r.errors, fmt.Sprint(args...)) }

func watch(t *testing.T, test func()) string {
	r := &recorder{TB: t}
	demon.Watch(r)
	test()
	for _, f := range r.cleanups {
		f()
	}
	return strings.Join(r.errors, "\n")
}

func TestWatchTellsOfWhoIsLeft(t *testing.T) {
	never := make(chan int)
	said := watch(t, func() { go leftBehind(never) })
	if !strings.Contains(said, "chan receive") || !strings.Contains(said, "leftBehind") {
		t.Errorf("said %q", said)
	}
	close(never)
}

func leftBehind(c chan int) { <-c }

func TestWatchIsQuiet(t *testing.T) {
	soon := make(chan int)
	if said := watch(t, func() { go close(soon) }); said != "" {
		t.Errorf("said %q", said)
	}
	<-soon
}

func TestCounter(t *testing.T) {
	c := demon.Progress("jobs")
	c.Try()
	c.Try()
	c.Add(3)
	if c.Done() != 3 || c.Tries() != 2 {
		t.Errorf("%d done, %d tries", c.Done(), c.Tries())
	}
}

func ExampleProgress() {
	moves := demon.Progress("moves")
	for moves.Done() < 3 {
		moves.Try()
		moves.Add(1)
	}
	fmt.Println(moves.Done(), "of", moves.Tries())
	// Output: 3 of 3
}

func ExamplePeers() {
	slots := make(chan struct{}, 1)
	demon.Peers("tenants", "small", func() { slots <- struct{}{} })
	fmt.Println("served")
	// Output: served
}
