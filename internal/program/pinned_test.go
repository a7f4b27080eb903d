package program_test

import (
	"testing"
	"time"

	"github.com/trivet-go/trivet/internal/program"
)

const ms = time.Millisecond

// count returns how many operations of a kind a program has.
func count(p *program.Program, k program.Kind) (n int) {
	for _, g := range p.Goroutines {
		for _, op := range g.Ops {
			if op.Kind == k {
				n++
			}
		}
	}
	return n
}

func TestPinned(t *testing.T) {
	b := program.Build()
	ch, other := b.Chan("ch", 1), b.Chan("other", 0)
	main := b.Main()
	worker := main.Go("worker")
	main.Run(ms).Send(ch).Run(2 * ms).Send(ch).Send(other).Close(ch).Run(ms)
	worker.Recv(ch).Recv(ch).RecvClosed(ch).Recv(other)
	p := b.Program()
	p.Met = [][]int32{{0, ^1, 0, ^1}, {0, ^1}}

	q, which := p.Pinned([]uint32{uint32(ch)})
	if err := q.Validate(); err != nil {
		t.Fatal(err)
	}
	if len(which) != 1 || which[0] != uint32(ch) {
		t.Errorf("pinned %v", which)
	}
	// Two sends, of which the second waits for room; two receives that wait; the
	// close and its news.
	if s, w := count(q, program.Signal), count(q, program.Wait); s != 2+2+1 || w != 1+2+1 {
		t.Errorf("%d signals, %d waits", s, w)
	}
	if s, r, c := count(q, program.Send), count(q, program.Recv), count(q, program.RecvClosed); s != 1 || r != 1 || c != 0 {
		t.Errorf("of the other channel %d sends and %d receives are left, and %d closed", s, r, c)
	}
	if count(p, program.Signal) != 0 || len(p.Objects) != 2 {
		t.Error("the original is changed")
	}
	run := func(p *program.Program) (ns int64) {
		for _, g := range p.Goroutines {
			for _, op := range g.Ops {
				ns += int64(op.Run)
			}
		}
		return ns
	}
	if run(q) != run(p) {
		t.Errorf("running time %d became %d", run(p), run(q))
	}
}

func TestPinnedNeedsToKnowWhoMet(t *testing.T) {
	b := program.Build()
	ch := b.Chan("ch", 1)
	b.Main().Send(ch).Recv(ch)
	p := b.Program()
	for _, met := range [][]int32{nil, {0, ^0, 0}, {^0, 0}, {0, ^3}} {
		if met != nil {
			p.Met = [][]int32{met}
		}
		if q, which := p.Pinned([]uint32{uint32(ch)}); len(which) != 0 || q != p {
			t.Errorf("%v: pinned %v", met, which)
		}
	}
}
