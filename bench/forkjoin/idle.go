package forkjoin

import (
	"fmt"
	"sync"

	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/task/forkjoin"
)

// idleCase has work for one core alone: a piece that forks no more. What it takes
// is that of the serial program; its column CPU tells whether who has nothing to do
// sleeps.
func idleCase(n int) contest.Case {
	forks, want := fibSerial(n+1)-1, fibSerial(n)
	return contest.Case{
		Name: fmt.Sprintf("one long piece, f(%d)", n),
		Op:   "an addition",
		Unit: forks,
		Subjects: []contest.Subject{
			subject(serial, contest.Reference, forks, want, func() int { return fibSerial(n) }),
			subject(recurse, contest.Ours, forks, want, recursive(longPiece, n)),
			subject("goroutines", contest.Rival, forks, want, func() int {
				var wg sync.WaitGroup
				wg.Go(func() {})
				defer wg.Wait()
				return fibSerial(n)
			}),
		},
		Targets: []contest.Target{{Who: recurse, Of: serial, Ratio: 1.05}},
	}
}

func longPiece(c *forkjoin.Branch[int, int], n int) int {
	if n < 2 {
		return n
	}
	f := c.Fork(0) // for somebody to come
	return fibSerial(n) + c.Join(f)
}
