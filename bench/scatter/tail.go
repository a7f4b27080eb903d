package scatter

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/budget"
	"github.com/failsafe-go/failsafe-go/hedgepolicy"

	"github.com/trivet-go/trivet/bench/internal/board"
	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/flow/scatter"
)

// Tail is the scoreboard of what hedging is for: how long the slowest calls take
// when some replies are slow. It waits for time, not for cores.
var Tail = board.Board{Name: "scatter-tail", What: "how long the slowest calls take, with and without hedging", Contest: true, Make: makeTail}

const (
	usual   = 2 * time.Millisecond
	slow    = 100 * time.Millisecond
	callers = 40
	each    = 1000 // calls a round
	lower   = 5    // times that p99 is to be, for at most
	more    = 0.05 // of the requests
)

// slowShares are the shares of slow replies, in percent. With one in a hundred the
// quantile 99 lies just where the slow ones begin, so that chance decides whether
// it is slow without hedging; with two it is for sure.
var slowShares = []int{1, 2}

var quantiles = []float64{0.5, 0.99, 0.999}

// step asks a backend.
type step = func(context.Context, int) (int, error)

// tail is one way to call, and how its calls went.
type tail struct {
	who    string
	role   contest.Role
	step   step
	rounds [][]time.Duration // how long the calls of each took, sorted
	took   []time.Duration   // all of them, sorted
	asked  atomic.Int64      // requests made
}

// extra is how many requests there were beyond one a call, as a share of the calls.
func (t *tail) extra() float64 { return float64(t.asked.Load())/float64(len(t.took)) - 1 }

// tails are the ways to call replicas of whose replies so many percent are slow.
func tails(percent int) []*tail {
	all := []*tail{
		{who: "one replica, no hedge", role: contest.Reference},
		{who: spawned, role: contest.Ours},
		{who: inline, role: contest.Ours},
		{who: "failsafe-go", role: contest.Rival},
	}
	plain := func(t *tail) step { return replica(percent, &t.asked) }
	all[0].step = plain(all[0])
	all[1].step = scatter.Replicas(scatter.Hedge{}, plain(all[1]), plain(all[1]))
	all[2].step = scatter.Replicas(scatter.Hedge{Inline: true}, plain(all[2]), plain(all[2]))
	all[3].step = failsafeHedged(plain(all[3]))
	return all
}

// replica replies after a while, and books that it was asked.
func replica(percent int, asked *atomic.Int64) step {
	return func(ctx context.Context, i int) (int, error) {
		asked.Add(1)
		d := usual
		if rand.IntN(100) < percent {
			d = slow
		}
		select {
		case <-time.After(d):
			return reply(ctx, i)
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}

// failsafeHedged hedges as our default does: after the quantile 95 of what calls
// took lately, from 32 of them on, within a budget of 5 %.
func failsafeHedged(ask step) step {
	policy := hedgepolicy.NewBuilderWithDelayQuantile[int](0.95, 256, 32).
		WithBudget(budget.NewBuilder().WithMaxRate(0.05).Build()).Build()
	e := failsafe.With(policy)
	return func(ctx context.Context, i int) (int, error) {
		return e.WithContext(ctx).GetWithExecution(func(exec failsafe.Execution[int]) (int, error) { return ask(exec.Context(), i) })
	}
}

func makeTail(ctx context.Context, o board.Options) error {
	defer o.Progress.Done()
	for _, percent := range slowShares {
		o.Progress.Sayf("scatter-tail: %d calls in each way, %d %% of replies slow", each*o.Rounds, percent)
		all := tails(percent)
		for range o.Rounds {
			for _, i := range rand.Perm(len(all)) {
				all[i].rounds = append(all[i].rounds, call(ctx, all[i].step))
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
			}
		}
		for _, t := range all {
			t.took = slices.Concat(t.rounds...)
			slices.Sort(t.took)
		}
		o.Progress.Done()
		if o.JSON {
			addRows(o.Rows, percent, all)
		} else if err := printTail(o, percent, all); err != nil {
			return err
		}
	}
	return nil
}

// call makes the calls of a round, several at a time, and returns how long each
// took, sorted.
func call(ctx context.Context, ask step) []time.Duration {
	took := make([]time.Duration, each)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= each {
					return
				}
				begin := time.Now()
				v, err := ask(ctx, i)
				if ctx.Err() != nil {
					return
				}
				check(i, v, err)
				took[i] = time.Since(begin)
			}
		})
	}
	wg.Wait()
	slices.Sort(took)
	return took
}

// at is the quantile q of sorted times.
func at(sorted []time.Duration, q float64) time.Duration {
	return sorted[int(q*float64(len(sorted)-1))]
}

// between is the interval that holds the true quantile q of sorted times 19 times
// out of 20: how many are below it varies like the heads of tossed coins.
func between(sorted []time.Duration, q float64) (low, high time.Duration) {
	n := float64(len(sorted))
	off := 1.96 * math.Sqrt(n*q*(1-q))
	return sorted[max(0, int(n*q-off)-1)], sorted[min(len(sorted)-1, int(math.Ceil(n*q+off)))]
}

// row is one of a contest, with what hedging costs.
type row struct {
	contest.Row
	Extra float64 `json:"extra_requests"` // as a share of the calls
}

func addRows(rows *board.Rows, percent int, all []*tail) {
	rival := all[slices.IndexFunc(all, func(t *tail) bool { return t.role == contest.Rival })]
	for _, q := range quantiles {
		for _, t := range all {
			ns := float64(at(t.took, q))
			r := row{Extra: t.extra(), Row: contest.Row{
				Pattern: "scatter", Case: fmt.Sprintf("tail p%v, %d %% slow", 100*q, percent), Who: t.who, Role: t.role,
				NS: ns, Spread: spread(t.rounds, q) / ns,
			}}
			if t.role != contest.Reference {
				ratio := ns / float64(at(rival.took, q))
				r.Ratio = &ratio
			}
			rows.Add(r)
		}
	}
}

// spread is how far apart the quartiles of the rounds' quantiles are.
func spread(rounds [][]time.Duration, q float64) float64 {
	var of []time.Duration
	for _, took := range rounds {
		of = append(of, at(took, q))
	}
	slices.Sort(of)
	return float64(at(of, 0.75) - at(of, 0.25))
}

func printTail(o board.Options, percent int, all []*tail) error {
	fmt.Fprintf(o.Out, "SCATTER-TAIL: %d calls in each way, %d at a time, in %d interleaved rounds; a reply takes %v, and %d in 100 take %v (%s)\n",
		len(all[0].took), callers, o.Rounds, usual, percent, slow, board.Machine())
	fmt.Fprint(o.Out, "In brackets the interval that holds the true quantile 19 times out of 20.\n\n")
	w := tabwriter.NewWriter(o.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "ms\tp50\tp99\t\tp99.9\t\trequests\t")
	for _, t := range all {
		fmt.Fprintf(w, "%s\t%s", t.who, ms(at(t.took, 0.5)))
		for _, q := range quantiles[1:] {
			low, high := between(t.took, q)
			fmt.Fprintf(w, "\t%s\t(%s-%s)", ms(at(t.took, q)), ms(low), ms(high))
		}
		fmt.Fprintf(w, "\t%+.1f %%\t\n", 100*t.extra())
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, t := range all {
		if t.role == contest.Ours {
			fmt.Fprintf(o.Out, "  target: %s has p99 at least %d times lower for at most %.0f %% more requests: %s\n", t.who, lower, 100*more, reached(all[0], t))
		}
	}
	_, err := fmt.Fprintln(o.Out)
	return err
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f", d.Seconds()*1000) }

// reached tells how many times lower p99 is with hedging than without, at which
// price, and what that says of the target.
func reached(without, with *tail) string {
	slowLow, slowHigh := between(without.took, 0.99)
	low, high := between(with.took, 0.99)
	least, most := float64(slowLow)/float64(high), float64(slowHigh)/float64(low)
	verdict := "met"
	switch {
	case with.extra() > more || most < lower:
		verdict = "missed"
	case least < lower:
		verdict = "cannot be told: without hedging p99 is at the edge of the slow replies"
		if float64(slowHigh) < float64(slow) || float64(slowLow) >= float64(slow) {
			verdict = "within the noise of it"
		}
	}
	return fmt.Sprintf("%.1f times (%.1f-%.1f) for %.1f %%, %s", float64(at(without.took, 0.99))/float64(at(with.took, 0.99)), least, most, 100*with.extra(), verdict)
}
