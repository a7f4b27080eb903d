// Package contest lets pieces of code that do the same run against each other,
// in one process, and tells which is faster, or that no difference shows.
//
// A [Case] is one thing to do and what it promises. Its subjects do it: ours, the
// rivals, which give all that the case promises, and references, which do not, or
// which are no alternative at all: serial code, what the hardware costs. Only
// rivals can be the best rival. A case in which there is none compares nothing,
// and all its rows are references.
//
// Times drift on a machine that others use too, so a case is measured in rounds:
// in each, every subject runs once, in an order drawn anew, about equally long.
// What is compared is the ratio within a round. The median of the ratios is given
// with its interval, and an interval that holds 1 means that no difference shows.
package contest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/trivet-go/trivet/bench/internal/board"
)

// Role is what a subject is in its case.
type Role string

const (
	Ours      Role = "trivet"
	Rival     Role = "rival"     // gives what the case promises
	Reference Role = "reference" // gives less, or is a lower bound
)

// Subject is one way to do what a case asks for.
type Subject struct {
	Who  string // ours begin with "trivet"
	Role Role
	Note string // of a reference: what it does not give, or what it is; of others, how they do it

	// Run does n operations. It makes what it needs and leaves nothing behind, and
	// panics if what it ran did not do what it should.
	Run func(n int)

	// Elsewhere stands in the place of Run if the operations are done in another
	// process, which times them there and counts their allocations. A subject that
	// fails is left out of its case, with the error; if it is ours, there is no board.
	Elsewhere func(n int) (took time.Duration, allocs float64, err error)
}

// Case is one thing that several subjects do.
type Case struct {
	Name     string
	Pattern  string // that the rows stand under; the board's name if empty
	Op       string // what one operation is
	Promise  string // what makes a rival
	Procs    int    // GOMAXPROCS; 0: all cores
	Unit     int    // operations come in multiples of it; 0: one
	CPU      bool   // of an idle program: what counts is how long cores ran for it
	Serial   string // the subject that uses one core, if the case is about using more: all are compared with it too
	SerialIs string // heading of that comparison, if Serial is something else; empty: "of serial"
	Subjects []Subject
	Targets  []Target

	// Beside begins what is there while the case is measured, and returns how it
	// ends; nil: nothing.
	Beside func() (end func())
}

// Target is what one of ours is meant to reach.
type Target struct {
	Who   string
	Of    string  // whom Ratio is to; the best rival if empty
	Ratio float64 // at most; 0: not asked
	NS    float64 // of an operation, at most; 0: not asked
	Over  float64 // ns of an operation more than Of, at most; 0: not asked
}

// Board is the cases of one pattern.
type Board struct {
	Name    string // of the pattern
	What    string // one line
	Cases   func() []Case
	LeftOut []string // known rivals that are not measured, and why
}

// Defaults of the options.
const (
	Rounds = 9 // the median's interval then leaves out one value on either side
	Sample = 30 * time.Millisecond
	Idle   = 300 * time.Millisecond
)

// Scoreboard makes b one of the command's scoreboards.
func (b Board) Scoreboard() board.Board {
	return board.Board{Name: b.Name, What: b.What, Contest: true, Make: b.make}
}

// make measures all cases and prints them, or adds them to the rows.
func (b Board) make(ctx context.Context, o board.Options) error {
	defer o.Progress.Done()
	cases := b.Cases()
	if _, known := cpuTime(); !known {
		cases = slices.DeleteFunc(cases, func(c Case) bool { return c.CPU })
		b.LeftOut = append(slices.Clip(b.LeftOut), "idle programs: this system does not tell how long cores ran for them")
	}
	results, err := measureAll(ctx, b.Name, cases, o)
	if err != nil {
		return err
	}
	o.Progress.Done()
	if o.JSON {
		for _, what := range b.LeftOut {
			o.Progress.Sayf("%s: left out: %s", b.Name, what)
		}
		for _, r := range results {
			for _, row := range r.rows(cmp.Or(r.Pattern, b.Name)) {
				o.Rows.Add(row)
			}
			for _, what := range r.failed {
				o.Progress.Sayf("%s %s: left out: %s", b.Name, r.Name, what)
			}
		}
		return nil
	}
	return printText(o.Out, b, results, o.Rounds)
}
