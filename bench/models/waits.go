package models

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/trivet-go/trivet/bench/internal/board"
	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/why/choose"
)

// WaitLoads are what waiting is measured of: tasks that do little else, which keep
// every queue full, and tasks that do something else most of the time.
func WaitLoads() []choose.Load {
	return []choose.Load{
		{Bytes: 8, Tasks: 8},
		{Bytes: 8, Tasks: 1, Own: own},
		{Bytes: 8, Tasks: 8, Own: own},
		{Bytes: 8, Tasks: 64, Own: own},
	}
}

// Two things are waited for: that the task can go on, and that all see the change.
// Where the task waits for the change they are about the same.
const (
	goesOn = "the task goes on"
	seen   = "the change is there"
)

var ranks = []struct {
	name string
	of   float64
}{{"p50", 0.5}, {p99, 0.99}, {"worst", 1}}

const p99 = "p99"

// waitName is that of the row of a load.
func waitName(l choose.Load, what, rank string) string {
	return fmt.Sprintf("%s: until %s, %s", l, what, rank)
}

// makeWaits measures how long changes take, one by one.
func makeWaits(ctx context.Context, o board.Options) error {
	defer o.Progress.Done()
	for _, l := range WaitLoads() {
		o.Progress.Sayf("%s: waits, %s", costs.Name, l)
		w := newWaits(l)
		for range o.Rounds {
			for _, i := range rand.Perm(len(w.all)) {
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				w.round(i, o.Sample)
			}
		}
		w.sort()
		o.Progress.Done()
		if o.JSON {
			w.addRows(o.Rows)
		} else if err := w.print(o); err != nil {
			return err
		}
	}
	return nil
}

// waits are those of one load, by contender.
type waits struct {
	load         choose.Load
	all          []contender[word]
	job          []job[word]
	goesOn, seen []*delays
}

type word = [1]uint64

func newWaits(l choose.Load) *waits {
	w := &waits{load: l}
	for i := range contenders(newJob(l, kept[word]())) {
		j := newJob(l, kept[word]())
		j.waits, j.late = new(delays), new(delays)
		w.job = append(w.job, j)
		w.all = append(w.all, contenders(j)[i])
		w.goesOn, w.seen = append(w.goesOn, j.waits), append(w.seen, j.late)
	}
	return w
}

// round lets one contender run for about as long as a sample: it makes as many
// changes as the own work of all cores lets it, or one a microsecond.
func (w *waits) round(i int, sample time.Duration) {
	each := max(time.Microsecond, w.load.Own/2)
	n := max(1, int(sample/each)/most) * most
	w.job[i].run(n, w.all[i].begin())
}

func (w *waits) sort() {
	for _, d := range slices.Concat(w.goesOn, w.seen) {
		slices.Sort(d.took)
	}
}

func (w *waits) addRows(rows *board.Rows) {
	for _, what := range w.whats() {
		for _, rank := range ranks {
			for i := range w.all {
				rows.Add(w.row(i, waitName(w.load, what.name, rank.name), what.of, rank.of))
			}
		}
	}
}

func (w *waits) whats() []what { return []what{{goesOn, w.goesOn}, {seen, w.seen}} }

type what struct {
	name string
	of   []*delays
}

func (w *waits) row(i int, name string, of []*delays, rank float64) contest.Row {
	ns := make([]float64, len(of))
	best := -1
	for k, d := range of {
		ns[k] = float64(d.at(rank))
		if w.all[k].role == contest.Rival && (best < 0 || ns[k] < ns[best]) {
			best = k
		}
	}
	ratio := ns[i] / max(1, ns[best])
	return contest.Row{Pattern: costs.Name, Case: name, Who: w.all[i].who, Role: w.all[i].role, NS: ns[i], Ratio: &ratio}
}

func (w *waits) print(o board.Options) error {
	fmt.Fprintf(o.Out, "waits: %s   (µs; %d changes in %d interleaved rounds)\n", w.load, len(w.seen[0].took), o.Rounds)
	t := tabwriter.NewWriter(o.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	widest := 0
	for _, c := range w.all {
		widest = max(widest, len(c.who))
	}
	fmt.Fprintf(t, "  %-*s", widest, "until")
	for _, what := range w.whats() {
		fmt.Fprintf(t, "\t%s: %s\t%s\t%s", what.name, ranks[0].name, ranks[1].name, ranks[2].name)
	}
	fmt.Fprintln(t, "\t")
	for i, c := range w.all {
		fmt.Fprintf(t, "  %-*s", widest, c.who)
		for _, what := range w.whats() {
			for _, rank := range ranks {
				fmt.Fprintf(t, "\t%.1f", float64(what.of[i].at(rank.of))/1000)
			}
		}
		fmt.Fprintln(t, "\t")
	}
	fmt.Fprintln(t)
	return t.Flush()
}

// delays collects how long things took. A nil one collects nothing.
type delays struct {
	whole *delays // that it will be joined to

	mu   sync.Mutex
	took []time.Duration
}

// start is the zero of stamps.
var start = time.Now()

// now is a stamp, and 0 where nobody wants to know the time.
func (d *delays) now() uint64 {
	if d == nil {
		return 0
	}
	return uint64(time.Since(start))
}

// since adds what has passed since a stamp. It is not for several goroutines.
func (d *delays) since(stamp uint64) {
	if d != nil {
		d.took = append(d.took, time.Since(start)-time.Duration(stamp))
	}
}

// fork is for one goroutine, until it joins.
func (d *delays) fork() *delays {
	if d == nil {
		return nil
	}
	return &delays{whole: d}
}

func (d *delays) join() {
	if d != nil {
		d.whole.mu.Lock()
		d.whole.took = append(d.whole.took, d.took...)
		d.whole.mu.Unlock()
	}
}

// at is the quantile q of sorted times.
func (d *delays) at(q float64) time.Duration { return d.took[int(q*float64(len(d.took)-1))] }
