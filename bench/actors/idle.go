package actors

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/trivet-go/trivet/bench/actors/peer"
	"github.com/trivet-go/trivet/bench/internal/board"
	"github.com/trivet-go/trivet/bench/internal/contest"
)

const (
	idleUsually = 100_000
	idleFully   = 1_000_000
	idleMost    = 250 // bytes each
)

// held is the row of idle actors.
type held struct {
	contest.Row         // NS: to make one and ask it once
	Bytes       float64 `json:"bytes"`  // each
	Actors      int     `json:"actors"` // of so many
}

// makeIdle measures memory, once: unlike time it does not drift.
func makeIdle(ctx context.Context, others []other, o board.Options) error {
	defer o.Progress.Done()
	n := idleUsually
	if o.Full {
		n = idleFully
	}
	var all []entrant
	var holds []peer.Held
	failed := map[string]error{}
	crew := newCrew(ctx)
	for _, e := range entrants(crew, others, "idle") {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		o.Progress.Sayf("%s: %d idle actors, %s", name, e.of(n), e.who)
		h, err := e.idle(e.of(n))
		crew.end()
		if err != nil {
			failed[e.who] = err
			continue
		}
		all, holds = append(all, e), append(holds, h)
	}
	o.Progress.Done()
	if o.JSON {
		addIdle(o.Rows, n, all, holds)
	} else if err := printIdle(o, n, all, holds); err != nil {
		return err
	}
	for who, err := range failed {
		leave(o, "idle actors", who, err)
	}
	if !o.JSON {
		fmt.Fprintln(o.Out)
	}
	return nil
}

// of is how many idle actors are made if n are asked for.
func (e entrant) of(n int) int {
	if e.most == 0 {
		return n
	}
	return min(n, e.most)
}

func addIdle(rows *board.Rows, n int, all []entrant, holds []peer.Held) {
	ns := make([]float64, len(all))
	for i, h := range holds {
		ns[i] = h.NS
	}
	for i, e := range all {
		rows.Add(held{rowOf(all, i, fmt.Sprintf("%d idle actors, made and asked once", n), ns), holds[i].Bytes, e.of(n)})
	}
}

func printIdle(o board.Options, n int, all []entrant, holds []peer.Held) error {
	fmt.Fprintf(o.Out, "bytes of an idle actor   (heap and stacks, of %d that have answered once, with their address; measured once)\n", n)
	w := tabwriter.NewWriter(o.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "  %-*s\tbytes\tns to make and ask it\t\n", widest(all), "")
	for i, e := range all {
		fmt.Fprintf(w, "  %-*s\t%.0f\t%.0f\t  ", widest(all), e.who, holds[i].Bytes, holds[i].NS)
		if e.of(n) < n {
			fmt.Fprintf(w, "of %d only; ", e.of(n))
		}
		fmt.Fprintln(w, e.remark())
	}
	if err := w.Flush(); err != nil {
		return err
	}
	bytes := holds[0].Bytes // ours cannot fail
	_, err := fmt.Fprintf(o.Out, "  target: %s at most %d bytes: %.0f, %s\n", ours.Who, idleMost, bytes, verdict(bytes <= idleMost))
	return err
}
