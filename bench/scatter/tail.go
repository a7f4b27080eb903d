package scatter

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/trivet-go/trivet/bench/internal/board"
	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/flow/scatter"
)

// Tail is the scoreboard of what hedging is for: how long the slowest calls take
// when one reply in a hundred is slow. It waits for time, not for cores.
var Tail = board.Board{Name: "scatter-tail", What: "how long the slowest calls take, with and without hedging", Contest: true, Make: makeTail}

const (
	usual   = 2 * time.Millisecond
	slow    = 100 * time.Millisecond
	slowIn  = 100 // one reply of so many is slow
	callers = 40
	targets = 5 // times lower at p99, for at most 5 % more requests
)

// tail is how calls went.
type tail struct {
	who   string
	role  contest.Role
	took  []time.Duration // sorted
	extra float64         // requests beyond one a call, as a share of the calls
}

func (t tail) at(q float64) time.Duration { return t.took[int(q*float64(len(t.took)-1))] }

var quantiles = []float64{0.5, 0.99, 0.999}

func makeTail(ctx context.Context, o board.Options) error {
	defer o.Progress.Done()
	calls := 400 * o.Rounds
	o.Progress.Sayf("scatter-tail: %d calls without hedging, and with it", calls)
	var asked atomic.Int64
	replica := func(ctx context.Context, i int) (int, error) {
		asked.Add(1)
		d := usual
		if rand.IntN(slowIn) == 0 {
			d = slow
		}
		select {
		case <-time.After(d):
			return reply(ctx, i)
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
	tails := []tail{
		{who: "one replica, no hedge", role: contest.Rival},
		{who: "trivet scatter.Replicas", role: contest.Ours},
		{who: "trivet scatter.Replicas, inline", role: contest.Ours},
	}
	steps := []func(context.Context, int) (int, error){
		replica,
		scatter.Replicas(scatter.Hedge{}, replica, replica),
		scatter.Replicas(scatter.Hedge{Inline: true}, replica, replica),
	}
	for i := range tails {
		asked.Store(0)
		tails[i].took = call(ctx, calls, steps[i])
		tails[i].extra = float64(asked.Load())/float64(calls) - 1
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	o.Progress.Done()
	if o.JSON {
		addRows(o.Rows, tails)
		return nil
	}
	return printTail(o, calls, tails)
}

// call makes so many calls, several at a time, and returns how long each took.
func call(ctx context.Context, calls int, step func(context.Context, int) (int, error)) []time.Duration {
	took := make([]time.Duration, calls)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= calls {
					return
				}
				begin := time.Now()
				v, err := step(ctx, i)
				check(i, v, err)
				took[i] = time.Since(begin)
			}
		})
	}
	wg.Wait()
	slices.Sort(took)
	return took
}

func addRows(rows *board.Rows, tails []tail) {
	for _, q := range quantiles {
		for _, t := range tails {
			ratio := float64(t.at(q)) / float64(tails[0].at(q))
			rows.Add(contest.Row{
				Pattern: "scatter", Case: fmt.Sprintf("tail p%v, 1 %% slow", 100*q), Who: t.who, Role: t.role,
				NS: float64(t.at(q)), Ratio: &ratio,
			})
		}
	}
}

func printTail(o board.Options, calls int, tails []tail) error {
	fmt.Fprintf(o.Out, "SCATTER-TAIL: %d calls, %d at a time; a reply takes %v, and one in %d takes %v (%s)\n\n", calls, callers, usual, slowIn, slow, board.Machine())
	w := tabwriter.NewWriter(o.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tp50\tp99\tp99.9\trequests\t")
	for _, t := range tails {
		fmt.Fprintf(w, "%s", t.who)
		for _, q := range quantiles {
			fmt.Fprintf(w, "\t%v", t.at(q).Round(10*time.Microsecond))
		}
		fmt.Fprintf(w, "\t%+.1f %%\t\n", 100*t.extra)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	gain := float64(tails[0].at(0.99)) / float64(tails[1].at(0.99))
	verdict := "met"
	if gain < targets || tails[1].extra > 0.05 {
		verdict = "missed"
	}
	_, err := fmt.Fprintf(o.Out, "  target: p99 at least %d times lower for at most 5 %% more requests: %.1f times for %.1f %%, %s\n\n", targets, gain, 100*tails[1].extra, verdict)
	return err
}
