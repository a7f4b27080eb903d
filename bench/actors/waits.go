package actors

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/trivet-go/trivet/bench/internal/board"
	"github.com/trivet-go/trivet/bench/internal/contest"
)

const asksARound = 200

// A crowd is so many actors that block, and how long the slowest answer of another
// one is to take at most. How long it takes beside nobody is what the machine does.
type crowd struct {
	blocked int
	most    time.Duration // 0: not asked
}

var crowds = []crowd{{0, 0}, {10, 10 * time.Millisecond}, {1000, 100 * time.Millisecond}}

// makeBlocked asks idle actors while others block: they have been told to just
// before, so a scheduler that has to notice it has not yet.
func makeBlocked(ctx context.Context, o board.Options) error {
	defer o.Progress.Done()
	for _, c := range crowds {
		o.Progress.Sayf("%s: %s", name, c)
		took := make([][]time.Duration, len(libraries))
		for range o.Rounds {
			for _, i := range rand.Perm(len(libraries)) {
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				end := libraries[i].block(c.blocked)
				took[i] = append(took[i], libraries[i].asks(asksARound)...)
				end()
			}
		}
		for _, t := range took {
			slices.Sort(t)
		}
		o.Progress.Done()
		if o.JSON {
			c.addRows(o.Rows, took)
		} else if err := c.print(o, took); err != nil {
			return err
		}
	}
	return nil
}

// timed does f n times, and tells how long each took.
func timed(n int, f func(i int)) []time.Duration {
	took := make([]time.Duration, n)
	for i := range took {
		begin := time.Now()
		f(i)
		took[i] = time.Since(begin)
	}
	return took
}

var ranks = []struct {
	name string
	of   float64
}{{"p50", 0.5}, {"p99", 0.99}, {"worst", 1}}

// at is the quantile q of sorted times.
func at(sorted []time.Duration, q float64) time.Duration {
	return sorted[int(q*float64(len(sorted)-1))]
}

func (c crowd) String() string { return fmt.Sprintf("ask while %d actors block", c.blocked) }

func (c crowd) addRows(rows *board.Rows, took [][]time.Duration) {
	for _, rank := range ranks {
		ns := make([]float64, len(took))
		for i := range took {
			ns[i] = float64(at(took[i], rank.of))
		}
		for i := range ns {
			rows.Add(rowOf(i, fmt.Sprintf("%s, %s", c, rank.name), ns))
		}
	}
}

// rowOf is the row of library i in a case in which they take so long.
func rowOf(i int, name string, ns []float64) contest.Row {
	r := contest.Row{Pattern: times.Name, Case: name, Who: libraries[i].who, Role: libraries[i].role, NS: ns[i]}
	if r.Role != contest.Reference {
		rival := slices.IndexFunc(libraries, func(l library) bool { return l.role == contest.Rival })
		ratio := ns[i] / ns[rival]
		r.Ratio = &ratio
	}
	return r
}

func (c crowd) print(o board.Options, took [][]time.Duration) error {
	fmt.Fprintf(o.Out, "%s   (µs an answer; %d, each of another idle actor, in %d interleaved rounds)\n", c, len(took[0]), o.Rounds)
	w := tabwriter.NewWriter(o.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "  %-*s", widest(), "")
	for _, rank := range ranks {
		fmt.Fprintf(w, "\t%s", rank.name)
	}
	fmt.Fprintln(w, "\t")
	for i, l := range libraries {
		fmt.Fprintf(w, "  %-*s", widest(), l.who)
		for _, rank := range ranks {
			fmt.Fprintf(w, "\t%.1f", float64(at(took[i], rank.of))/1000)
		}
		fmt.Fprintln(w, "\t")
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if worst := at(took[0], 1); c.most > 0 {
		fmt.Fprintf(o.Out, "  target: %s at worst %v: %v, %s\n", ours.who, c.most, worst.Round(time.Microsecond), verdict(worst <= c.most))
	}
	_, err := fmt.Fprintln(o.Out)
	return err
}

// widest is the width of the column of names.
func widest() (width int) {
	for _, l := range libraries {
		width = max(width, len(l.who))
	}
	return width
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "missed"
}
