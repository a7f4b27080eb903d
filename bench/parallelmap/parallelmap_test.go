package parallelmap

import (
	"testing"

	"github.com/trivet-go/trivet/bench/internal/contest"
)

// All ways return the results of all items in order, or the subject panics.
func TestSubjects(t *testing.T) {
	for _, c := range cases(lengths{empty: 5000, short: 1500, long: 100}) {
		for _, s := range c.Subjects {
			t.Run(c.Name+"/"+s.Who, func(t *testing.T) { s.Run(2 * c.Unit) })
		}
	}
}

// Results that are out of order, too few, or of another function do not pass.
func TestWrongResult(t *testing.T) {
	for _, got := range [][]int{{2, 1, 3}, {1, 2}, {1, 2, 4}, nil} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v passed", got)
				}
			}()
			check("liar", got, []int{1, 2, 3})
		}()
	}
}

// There are three cases, on two cores and on one.
func TestCases(t *testing.T) {
	all := cases(lengths{empty: 1000, short: 1000, long: 1000})
	if len(all) != 6 || all[3].Procs != 1 || all[3].Pattern != "parallelmap1" || all[0].Procs != 2 {
		t.Errorf("%d cases, want three on two cores and three on one", len(all))
	}
	for _, c := range all {
		if ours := c.Subjects[0]; ours.Role != contest.Ours {
			t.Errorf("%s: %s is not ours", c.Name, ours.Who)
		}
	}
}
