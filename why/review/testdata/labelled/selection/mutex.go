package selection

import (
	"context"
	"errors"
	"os"
	"time"
)

type hits struct {
	turn chan struct{}
	n    int
	last time.Duration
}

func newHits() *hits { return &hits{turn: make(chan struct{}, 1)} }

// flaw: channel-as-mutex
func (h *hits) add() {
	h.turn <- struct{}{}
	h.n++
	<-h.turn
}

var (
	idTurn = make(chan bool, 1)
	nextID int
)

// flaw: channel-as-mutex
func newID() int {
	idTurn <- true
	nextID++
	id := nextID
	<-idTurn
	return id
}

type minMax struct {
	lock     chan struct{}
	min, max float64
}

func makeMinMax() minMax { return minMax{lock: make(chan struct{}, 1)} }

// flaw: channel-as-mutex
func (m *minMax) observe(v float64) {
	m.lock <- struct{}{}
	m.min, m.max = min(m.min, v), max(m.max, v)
	<-m.lock
}

// flaw: channel-as-mutex
func parallelSum(parts [][]int) (total int) {
	sem := make(chan struct{}, 1)
	done := make(chan bool, len(parts))
	for _, part := range parts {
		go func() {
			s := 0
			for _, v := range part {
				s += v
			}
			sem <- struct{}{}
			total += s
			<-sem
			done <- true
		}()
	}
	for range parts {
		<-done
	}
	return total
}

type registry struct {
	guard chan struct{}
	names map[string]int
}

func newRegistry() *registry {
	r := &registry{names: map[string]int{}}
	r.guard = make(chan struct{}, 1)
	return r
}

// flaw: channel-as-mutex
func (r *registry) set(name string, id int) {
	r.guard <- struct{}{}
	r.names[name] = id
	<-r.guard
}

type ring struct {
	sem  chan bool
	buf  [256]byte
	head uint8
}

func newRing() *ring { return &ring{sem: make(chan bool, 1)} }

// flaw: channel-as-mutex
func (r *ring) push(b byte) {
	r.sem <- true
	r.buf[r.head] = b
	r.head++
	<-r.sem
}

// flaw: channel-as-mutex
func (r *ring) peek() (b byte) {
	r.sem <- true
	b = r.buf[r.head-1]
	<-r.sem
	return b
}

type gate struct {
	c    chan struct{}
	open bool
}

func newGate() *gate { return &gate{c: make(chan struct{}, 1)} }

// flaw: channel-as-mutex
func (g *gate) toggle() bool {
	g.c <- struct{}{}
	g.open = !g.open
	now := g.open
	<-g.c
	return now
}

// flaw: channel-as-mutex
func appendShared(words chan string, out *[]string) {
	one := make(chan struct{}, 1)
	for range 4 {
		go func() {
			for w := range words {
				one <- struct{}{}
				*out = append(*out, w)
				<-one
			}
		}()
	}
}

type uploads struct {
	slots chan struct{}
	file  chan struct{}
	try   chan struct{}
	size  int64
	n     int
}

func newUploads() *uploads {
	return &uploads{slots: make(chan struct{}, 16), file: make(chan struct{}, 1), try: make(chan struct{}, 1)}
}

// healthy
func (u *uploads) count() {
	u.slots <- struct{}{} // up to sixteen may be inside
	u.n++
	<-u.slots
}

// healthy
func (u *uploads) save(name string, data []byte) error {
	u.file <- struct{}{} // one at a time writes to the disk
	defer func() { <-u.file }()
	return os.WriteFile(name, data, 0o644)
}

// healthy
func (u *uploads) tryAdd(ctx context.Context, n int64) error {
	select {
	case u.try <- struct{}{}:
		u.size += n
		<-u.try
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type mailbox struct{ letters chan string }

// healthy
func (m *mailbox) echo(s string) string {
	m.letters <- s
	return <-m.letters
}

// healthy
func handshake(a, b chan struct{}, shared *int) {
	a <- struct{}{}
	*shared++
	<-b
}

type wake struct{ c chan struct{} }

func newWake() wake { return wake{make(chan struct{}, 1)} }

// healthy
func (w wake) signal() {
	select {
	case w.c <- struct{}{}:
	default:
	}
}

// healthy
func (w wake) wait(ctx context.Context) error {
	select {
	case <-w.c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// healthy
func firstError(fs []func() error) error {
	errs := make(chan error, 1)
	for _, f := range fs {
		go func() {
			if err := f(); err != nil {
				select {
				case errs <- err:
				default:
				}
			}
		}()
	}
	select {
	case err := <-errs:
		return err
	case <-time.After(time.Second):
		return errors.New("late")
	}
}

// healthy
func limited(tasks []func(), width int) {
	sem := make(chan struct{}, width)
	for _, t := range tasks {
		sem <- struct{}{}
		go func() {
			t()
			<-sem
		}()
	}
}

type token struct{ ch chan struct{} }

// healthy
func pass(left, right token, n *int) {
	<-left.ch
	*n++
	right.ch <- struct{}{}
}
