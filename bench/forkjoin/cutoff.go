package forkjoin

import (
	"fmt"

	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/task/forkjoin"
)

// fibCutoff is from where on the cut-off programs compute f alone: what is right
// for goroutines.
const fibCutoff = 20

// cutoffCase is the function of fibCase, computed as those do who know what a fork
// costs.
func cutoffCase(n int) contest.Case {
	unit, want := fibSerial(n+1)-1, fibSerial(n)
	c := contest.Case{
		Name: fmt.Sprintf("cutoff f(%d)", n),
		Op:   "an addition; alone from f(20) on",
		Unit: unit,
		Subjects: []contest.Subject{
			subject(serial, contest.Reference, unit, want, func() int { return fibSerial(n) }),
			subject("trivet Recurse, cut-off", contest.Ours, unit, want, recursive(fibCut, n)),
			subject(room, contest.Ours, unit, want, recursive(fibRoom, n)),
		},
		Targets: []contest.Target{noSlower(room, tuned, 1)},
	}
	c.Subjects = append(c.Subjects, rivals(", cut-off", unit, want, func(all each) int { return fibEach(all, n) })...)
	return c
}

func fibCut(c *forkjoin.Branch[int, int], n int) int {
	if n <= fibCutoff {
		return fibSerial(n)
	}
	x, y := c.Both(n-1, n-2)
	return x + y
}

func fibEach(all each, n int) int {
	if n <= fibCutoff {
		return fibSerial(n)
	}
	var f [2]int
	all(2, func(i int) { f[i] = fibEach(all, n-1-i) })
	return f[0] + f[1]
}
