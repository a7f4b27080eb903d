package actors

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/trivet-go/trivet/bench/actors/peer"
	"github.com/trivet-go/trivet/bench/internal/board"
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
func makeBlocked(ctx context.Context, all []program, o board.Options) error {
	defer o.Progress.Done()
	for _, c := range crowds {
		o.Progress.Sayf("%s: %s", name, c)
		done, took, failed, err := c.measure(ctx, all, o.Rounds)
		if err != nil {
			return err
		}
		o.Progress.Done()
		if o.JSON {
			c.addRows(o.Rows, done, took)
		} else if err := c.print(o, done, took); err != nil {
			return err
		}
		for who, err := range failed {
			leave(o, c.String(), who, err)
		}
		if !o.JSON {
			fmt.Fprintln(o.Out)
		}
	}
	return nil
}

// measure returns sorted times of those that have not failed.
func (c crowd) measure(ctx context.Context, all []program, rounds int) (done []program, took [][]time.Duration, failed map[string]error, err error) {
	crew := newCrew(ctx, "")
	defer crew.end()
	failed = map[string]error{}
	times := map[string][]time.Duration{}
	for range rounds {
		for _, i := range rand.Perm(len(all)) {
			p := all[i]
			if ctx.Err() != nil {
				return nil, nil, nil, context.Cause(ctx)
			}
			if !p.can("waits") || failed[p.Who] != nil {
				continue
			}
			a, err := crew.do(p, fmt.Sprintf("waits %d %d", c.blocked, asksARound))
			if err != nil && p.Role == peer.Ours {
				return nil, nil, nil, err
			}
			if err != nil {
				failed[p.Who] = err
			}
			times[p.Who] = append(times[p.Who], a.Took...)
		}
	}
	for _, p := range all {
		if p.can("waits") && failed[p.Who] == nil {
			done, took = append(done, p), append(took, slices.Sorted(slices.Values(times[p.Who])))
		}
	}
	return done, took, failed, nil
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

func (c crowd) addRows(rows *board.Rows, all []program, took [][]time.Duration) {
	for _, rank := range ranks {
		ns := make([]float64, len(took))
		for i := range took {
			ns[i] = float64(at(took[i], rank.of))
		}
		for i := range ns {
			rows.Add(rowOf(all, i, fmt.Sprintf("%s, %s", c, rank.name), ns))
		}
	}
}

func (c crowd) print(o board.Options, all []program, took [][]time.Duration) error {
	fmt.Fprintf(o.Out, "%s   (µs an answer; %d, each of another idle actor, in %d interleaved rounds)\n", c, len(took[0]), o.Rounds)
	w := tabwriter.NewWriter(o.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "  %-*s", widest(all), "")
	for _, rank := range ranks {
		fmt.Fprintf(w, "\t%s", rank.name)
	}
	fmt.Fprintln(w, "\t")
	for i, p := range all {
		fmt.Fprintf(w, "  %-*s", widest(all), p.Who)
		for _, rank := range ranks {
			fmt.Fprintf(w, "\t%.1f", float64(at(took[i], rank.of))/1000)
		}
		fmt.Fprintf(w, "\t  %s\n", p.remark())
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if worst := at(took[0], 1); c.most > 0 {
		fmt.Fprintf(o.Out, "  target: %s at worst %v: %v, %s\n", ourName, c.most, worst.Round(time.Microsecond), verdict(worst <= c.most))
	}
	return nil
}
