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
func makeIdle(ctx context.Context, all []program, o board.Options) error {
	defer o.Progress.Done()
	n := idleUsually
	if o.Full {
		n = idleFully
	}
	var done []program
	var holds []peer.Held
	failed := map[string]error{}
	for _, p := range all {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !p.can("idle") {
			continue
		}
		o.Progress.Sayf("%s: %d idle actors, %s", name, p.atMost(n), p.Who)
		crew := newCrew(ctx, "")
		a, err := crew.do(p, fmt.Sprintf("idle %d", p.atMost(n)))
		crew.end()
		switch {
		case err == nil:
			done, holds = append(done, p), append(holds, a.Held)
		case p.Role == peer.Ours:
			return err
		default:
			failed[p.Who] = err
		}
	}
	o.Progress.Done()
	if o.JSON {
		addIdle(o.Rows, n, done, holds)
	} else if err := printIdle(o, n, done, holds); err != nil {
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

func addIdle(rows *board.Rows, n int, all []program, holds []peer.Held) {
	ns := make([]float64, len(all))
	for i, h := range holds {
		ns[i] = h.NS
	}
	for i, p := range all {
		rows.Add(held{rowOf(all, i, fmt.Sprintf("%d idle actors, made and asked once", n), ns), holds[i].Bytes, p.atMost(n)})
	}
}

func printIdle(o board.Options, n int, all []program, holds []peer.Held) error {
	fmt.Fprintf(o.Out, "bytes of an idle actor   (heap and stacks, of %d that have answered once, with their address; measured once)\n", n)
	w := tabwriter.NewWriter(o.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "  %-*s\tbytes\tns to make and ask it\t\n", widest(all), "")
	for i, p := range all {
		fmt.Fprintf(w, "  %-*s\t%.0f\t%.0f\t  ", widest(all), p.Who, holds[i].Bytes, holds[i].NS)
		if p.atMost(n) < n {
			fmt.Fprintf(w, "of %d only; ", p.atMost(n))
		}
		fmt.Fprintln(w, p.remark())
	}
	if err := w.Flush(); err != nil {
		return err
	}
	bytes := holds[0].Bytes // of ours
	_, err := fmt.Fprintf(o.Out, "  target: %s at most %d bytes: %.0f, %s\n", ourName, idleMost, bytes, verdict(bytes <= idleMost))
	return err
}
