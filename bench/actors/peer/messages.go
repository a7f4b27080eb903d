package peer

import "sync/atomic"

// Messages of libraries that take a value of any type. They are sent as pointers that
// were made before, which is the best case for an interface value.
type (
	Add   struct{ N int }    // adds, and asks for the sum
	Pass  struct{ Hops int } // a token: handed on in the message that it came in
	Block struct{ Until chan bool }
	Count struct{ *Tally } // says that it has been handled
)

// Tally waits for a number of things that happen anywhere.
type Tally struct {
	left atomic.Int64
	all  chan bool
}

func NewTally(n int) *Tally {
	t := &Tally{all: make(chan bool)}
	t.left.Store(int64(n))
	if n == 0 {
		close(t.all)
	}
	return t
}

// Add is told of n more. It panics if that are too many: nothing may be handled twice.
func (t *Tally) Add(n int) {
	switch left := t.left.Add(-int64(n)); {
	case left == 0:
		close(t.all)
	case left < 0:
		panic("handled more often than it was sent")
	}
}

func (t *Tally) Wait() { <-t.all }

// Stopping is how actors that have stopped say so, where a library has no way to wait
// for many that costs nothing more for each.
type Stopping struct{ gone atomic.Pointer[Tally] }

// All waits until the n actors that stop stops have called One. There is one All at a
// time.
func (s *Stopping) All(n int, stop func()) {
	gone := NewTally(n)
	s.gone.Store(gone)
	stop()
	gone.Wait()
}

func (s *Stopping) One() { s.gone.Load().Add(1) }
