package mapreduce

import (
	"context"
	"iter"

	"github.com/trivet-go/trivet/internal/park"
)

// A Source is where a job's input comes from: [Files], [Reader], an [Input] with
// settings, [Slice] or [Seq].
type Source[In any] interface {
	open(ctx context.Context) (feed[In], error)
}

// A feed hands out the pieces of an input.
type feed[In any] interface {
	// worker returns what a worker takes pieces with. It is used by one goroutine.
	worker() taker[In]

	// total is how much input there is, 0 if that is not known, and in which unit.
	total() (n int64, unit string)

	close()
}

type taker[In any] interface {
	// take takes the next piece; false if there is none. wait calls a function that
	// waits.
	take(ctx context.Context, wait func(func())) (piece[In], bool, error)

	// done tells how Map has got on with the piece that was taken last, and
	// returns the error of the piece, if any.
	done(p *piece[In], err error) error
}

// A piece is what a worker takes at a time. Which pieces there are does not depend
// on who takes them.
type piece[In any] struct {
	in     []In
	part   int  // of the input: a file
	number int  // in the part
	last   bool // of the part
	size   int64
	faulty int64 // malformed records that were skipped
	mapped bool  // into memory: reading it may be a fault
}

// Slice is an input of items that are at hand.
func Slice[In any](items []In) Source[In] { return slice[In](items) }

type slice[In any] []In

func (s slice[In]) open(context.Context) (feed[In], error) {
	// Pieces depend on the number of items alone.
	return &seqFeed[In]{all: s, size: max(1, len(s)/1024), known: int64(len(s))}, nil
}

// Seq is an input of items that a loop makes. It is drawn from by one worker at a
// time, a few items at once.
func Seq[In any](items iter.Seq[In]) Source[In] { return seq[In](items) }

type seq[In any] iter.Seq[In]

func (s seq[In]) open(context.Context) (feed[In], error) {
	next, stop := iter.Pull(iter.Seq[In](s))
	return &seqFeed[In]{next: next, stop: stop, size: 32}, nil
}

// seqFeed hands out items of a slice or a loop.
type seqFeed[In any] struct {
	size  int // of a piece
	known int64

	gate park.Gate // guards the rest
	all  []In
	next func() (In, bool)
	stop func()
	held []In // the first item of the next piece, if it has been drawn
	n    int  // pieces handed out
	over bool
}

func (f *seqFeed[In]) total() (int64, string) { return f.known, "items" }

func (f *seqFeed[In]) close() {
	if f.stop != nil {
		f.stop()
	}
}

func (f *seqFeed[In]) worker() taker[In] { return &seqTaker[In]{feed: f} }

type seqTaker[In any] struct {
	feed  *seqFeed[In]
	items []In
}

func (t *seqTaker[In]) take(ctx context.Context, wait func(func())) (p piece[In], ok bool, err error) {
	f := t.feed
	if !f.gate.TryEnter() {
		wait(func() { err = f.gate.Enter(ctx) })
		if err != nil {
			return p, false, err
		}
	}
	defer f.gate.Leave()
	if f.over {
		return p, false, nil
	}
	p = piece[In]{number: f.n}
	if f.next == nil {
		n := min(f.size, len(f.all))
		p.in, f.all = f.all[:n], f.all[n:]
		f.over = len(f.all) == 0
	} else {
		p.in = t.draw()
	}
	p.last, p.size = f.over, int64(len(p.in))
	f.n++
	return p, true, nil
}

// draw draws the items of a piece, and one more, to know whether it is the last.
func (t *seqTaker[In]) draw() []In {
	f := t.feed
	clear(t.items)
	t.items = append(t.items[:0], f.held...)
	f.held = f.held[:0]
	for !f.over {
		item, ok := f.next()
		switch {
		case !ok:
			f.over = true
		case len(t.items) == f.size:
			f.held = append(f.held, item)
			return t.items
		default:
			t.items = append(t.items, item)
		}
	}
	return t.items
}

func (t *seqTaker[In]) done(_ *piece[In], err error) error { return err }
