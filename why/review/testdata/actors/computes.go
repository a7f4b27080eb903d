// Package actors has actors of the library, judged by reading.
package actors

import (
	"context"
	"crypto/sha256"
	"image"
	"image/png"
	"io"

	"github.com/trivet-go/trivet/flow/actors"
)

// flaw: actor-computes
type Clerk interface {
	Count(*actors.Context, []int) (int, error)
	Note(*actors.Context, int) error
}

type clerk struct{ noted int }

func (k *clerk) Count(c *actors.Context, all []int) (int, error) {
	sum := k.noted
	for range 1000000 {
		for _, v := range all {
			sum += v * v % 17
		}
	}
	return sum, nil
}

func (k *clerk) Note(c *actors.Context, n int) error {
	k.noted = n
	return nil
}

var (
	Clerks = actors.NewKind("clerk", func() Clerk { return new(clerk) }, actors.Traits{})
	Count  = actors.Method(Clerks, "count", Clerk.Count)
	Note   = actors.Action(Clerks, "note", Clerk.Note)
)

// flaw: actor-computes
type painter struct{ painted int }

func (p *painter) paint(c *actors.Context, img image.Image) (int, error) {
	p.painted++
	return p.painted, p.encode(img)
}

func (p *painter) encode(img image.Image) error { return png.Encode(io.Discard, img) }

var (
	painters = actors.NewKind("painter", func() *painter { return new(painter) }, actors.Traits{})
	paint    = actors.Method(painters, "paint", (*painter).paint)
)

// flaw: actor-computes
type vault struct{ key [32]byte }

func (v *vault) stretch(c *actors.Context, word []byte) error {
	v.key = sha256.Sum256(word)
	for range 1 << 20 {
		v.key = sha256.Sum256(v.key[:])
	}
	return nil
}

var (
	vaults  = actors.NewKind("vault", func() *vault { return new(vault) }, actors.Traits{})
	stretch = actors.Action(vaults, "stretch", (*vault).stretch)
)

func open(ctx context.Context, v actors.Ref[*vault], word []byte) error {
	return stretch.Call(ctx, v, word)
}

// healthy
type ledger struct{ hash [32]byte }

func (l *ledger) stretch(c *actors.Context, word []byte) error {
	for range 1 << 20 {
		l.hash = sha256.Sum256(word)
	}
	return nil
}

var (
	ledgers = actors.NewKind("ledger", func() *ledger { return new(ledger) }, actors.Traits{})
	write   = actors.Action(ledgers, "stretch", (*ledger).stretch) // only told: nobody waits
)

func log(ctx context.Context, l actors.Ref[*ledger], line []byte) error {
	return write.Tell(ctx, l, line)
}

// healthy
type totals struct{ of map[string]int }

func (t *totals) add(c *actors.Context, names []string) (n int, err error) {
	for _, name := range names {
		t.of[name] += 2 * len(name)
		n += t.of[name]
	}
	return n, nil
}

var (
	allTotals = actors.NewKind("totals", func() *totals { return &totals{of: map[string]int{}} }, actors.Traits{})
	add       = actors.Method(allTotals, "add", (*totals).add)
)

// healthy
type solver struct{} // a function with an address: it keeps nothing

func (solver) norm(c *actors.Context, m [][]float64) (sum float64, err error) {
	for _, row := range m {
		for _, v := range row {
			sum += v * v
		}
	}
	return sum, nil
}

var (
	solvers = actors.NewKind("solver", func() solver { return solver{} }, actors.Traits{})
	norm    = actors.Method(solvers, "norm", solver.norm)
)

// healthy
type board struct{ best float64 }

func (b *board) offer(c *actors.Context, v float64) (float64, error) {
	b.best = max(b.best, v)
	return b.best, nil
}

// score computes before it sends.
func score(ctx context.Context, b actors.Ref[*board], m [][]float64) (float64, error) {
	sum := 0.0
	for _, row := range m {
		for _, v := range row {
			sum += v * v
		}
	}
	return offer.Call(ctx, b, sum)
}

var (
	boards = actors.NewKind("board", func() *board { return new(board) }, actors.Traits{})
	offer  = actors.Method(boards, "offer", (*board).offer)
)
