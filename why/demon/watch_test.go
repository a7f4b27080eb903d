package demon_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet/why/demon"
)

// recorder is a test that keeps what it was told, and runs its cleanups by hand.
type recorder struct {
	testing.TB
	errors   []string
	cleanups []func()
}

func (r *recorder) Helper()                           {}
func (r *recorder) Cleanup(f func())                  { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(format string, args ...any) { r.Error(fmt.Sprintf(format, args...)) }
func (r *recorder) Error(args ...any)                 { r.errors = append(r.errors, fmt.Sprint(args...)) }

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

// Two hundred tries, with a success now and then or with none.
func TestWatchLooksAtCounters(t *testing.T) {
	for _, every := range []int{0, 20} {
		synctest.Test(t, func(t *testing.T) {
			moves := demon.Progress("moves")
			r := &recorder{TB: t}
			demon.Watch(r, moves)
			for i := range 200 {
				time.Sleep(5 * time.Millisecond)
				moves.Try()
				if every > 0 && i%every == 0 {
					moves.Add(1)
				}
			}
			for _, f := range r.cleanups {
				f()
			}
			said := strings.Join(r.errors, "\n")
			if want := every == 0; strings.Contains(said, "moves: 200 tries in 1s") != want {
				t.Errorf("a success every %d tries: said %q", every, said)
			}
		})
	}
}

// How do I see in a test of my own that nothing is left behind, and that the
// work gets on?
func ExampleWatch() {
	test := func(t *testing.T) {
		moves := demon.Progress("moves")
		demon.Watch(t, moves)
		for moves.Done() < 3 {
			if moves.Try(); tryToMove() {
				moves.Add(1)
			}
		}
	}
	_ = test // go test runs it
}

func tryToMove() bool { return true }

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
