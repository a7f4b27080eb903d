package actors

import (
	"fmt"

	"github.com/trivet-go/trivet/bench/actors/peer"
	"github.com/trivet-go/trivet/bench/internal/board"
	"github.com/trivet-go/trivet/bench/internal/contest"
)

// atMost is how many actors at once it is asked for, if n are wanted.
func (p program) atMost(n int) int {
	if p.Most == 0 {
		return n
	}
	return min(n, p.Most)
}

// remark is what is said of a program behind its figures.
func (p program) remark() string {
	switch {
	case p.Role != peer.Reference:
		return p.Note
	case p.Note == "":
		return "reference"
	}
	return "reference: " + p.Note
}

// rowOf is the row of program i in a part in which they take so long.
func rowOf(all []program, i int, part string, ns []float64) contest.Row {
	r := contest.Row{Pattern: name, Case: part, Who: all[i].Who, Role: contest.Role(all[i].Role), Note: all[i].Note, NS: ns[i]}
	best := 0.0
	for j, p := range all {
		if p.Role == peer.Rival && (best == 0 || ns[j] < best) {
			best = ns[j]
		}
	}
	switch {
	case best == 0: // nothing is compared
		r.Role = contest.Reference
	case r.Role != contest.Reference:
		ratio := ns[i] / best
		r.Ratio = &ratio
	}
	return r
}

// leave says who is left out of a part, and why: on paper, or while rows are made.
func leave(o board.Options, part, who string, err error) {
	if o.JSON {
		o.Progress.Sayf("%s %s: left out: %s: %v", name, part, who, err)
		return
	}
	fmt.Fprintf(o.Out, "  left out: %s: %v\n", who, err)
}

// widest is the width of the column of names.
func widest(all []program) (width int) {
	for _, p := range all {
		width = max(width, len(p.Who))
	}
	return width
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "missed"
}
