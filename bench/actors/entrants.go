package actors

import (
	"fmt"
	"slices"
	"time"

	"github.com/trivet-go/trivet/bench/actors/peer"
	"github.com/trivet-go/trivet/bench/internal/board"
	"github.com/trivet-go/trivet/bench/internal/contest"
)

// entrant is a library, wherever it runs, in the parts that are no contest.
type entrant struct {
	who, note string
	role      contest.Role
	most      int // actors at once; 0: as many as asked for
	waits     func(blocked, n int) ([]time.Duration, error)
	idle      func(n int) (peer.Held, error)
}

// entrants that can do a part.
func entrants(crew *crew, others []other, part string) (all []entrant) {
	for _, l := range libraries {
		all = append(all, entrant{
			who: l.Who, note: l.Note, role: contest.Role(l.Role), most: l.Most,
			waits: func(blocked, n int) ([]time.Duration, error) { return l.Waits(blocked, n), nil },
			idle:  func(n int) (peer.Held, error) { return l.Hold(n), nil },
		})
	}
	for _, o := range others {
		if !slices.Contains(o.Can, part) {
			continue
		}
		all = append(all, entrant{
			who: o.Who, note: o.Note, role: contest.Role(o.Role), most: o.Most,
			waits: func(blocked, n int) ([]time.Duration, error) {
				a, err := crew.do(o, fmt.Sprintf("waits %d %d", blocked, n))
				return a.Took, err
			},
			idle: func(n int) (peer.Held, error) {
				a, err := crew.do(o, fmt.Sprintf("idle %d", n))
				return a.Held, err
			},
		})
	}
	return all
}

// remark is what is said of an entrant behind its figures.
func (e entrant) remark() string {
	switch {
	case e.role != contest.Reference:
		return e.note
	case e.note == "":
		return "reference"
	}
	return "reference: " + e.note
}

// rowOf is the row of entrant i in a case in which they take so long.
func rowOf(all []entrant, i int, title string, ns []float64) contest.Row {
	r := contest.Row{Pattern: name, Case: title, Who: all[i].who, Role: all[i].role, Note: all[i].note, NS: ns[i]}
	best := 0.0
	for j, e := range all {
		if e.role == contest.Rival && (best == 0 || ns[j] < best) {
			best = ns[j]
		}
	}
	if r.Role != contest.Reference {
		ratio := ns[i] / best
		r.Ratio = &ratio
	}
	return r
}

// leave says who is left out of a part, and why; on paper, or while rows are made.
func leave(o board.Options, part, who string, err error) {
	if o.JSON {
		o.Progress.Sayf("%s %s: left out: %s: %v", name, part, who, err)
		return
	}
	fmt.Fprintf(o.Out, "  left out: %s: %v\n", who, err)
}

// widest is the width of the column of names.
func widest(all []entrant) (width int) {
	for _, e := range all {
		width = max(width, len(e.who))
	}
	return width
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "missed"
}
