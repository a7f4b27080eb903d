package actors

import (
	"context"
	"fmt"
	"runtime"
	"text/tabwriter"
	"time"

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
	Bytes       float64 `json:"bytes"` // each
}

// makeIdle measures memory, once: unlike time it does not drift.
func makeIdle(ctx context.Context, o board.Options) error {
	defer o.Progress.Done()
	n := idleUsually
	if o.Full {
		n = idleFully
	}
	bytes, ns := make([]float64, len(libraries)), make([]float64, len(libraries))
	for i, l := range libraries {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		o.Progress.Sayf("%s: %d idle actors, %s", name, n, l.who)
		before := live()
		begin := time.Now()
		end := l.idle(n)
		ns[i] = float64(time.Since(begin)) / float64(n)
		bytes[i] = (live() - before) / float64(n)
		end()
	}
	o.Progress.Done()
	if !o.JSON {
		return printIdle(o, n, bytes, ns)
	}
	for i := range libraries {
		o.Rows.Add(held{rowOf(i, fmt.Sprintf("%d idle actors, made and asked once", n), ns), bytes[i]})
	}
	return nil
}

// live is how many bytes are in use on the heap and in stacks. The second
// collection takes what pools have kept over the first one.
func live() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc + m.StackInuse)
}

func printIdle(o board.Options, n int, bytes, ns []float64) error {
	fmt.Fprintf(o.Out, "bytes of an idle actor   (heap and stacks, of %d that have answered once, with their address; measured once)\n", n)
	w := tabwriter.NewWriter(o.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "  %-*s\tbytes\tns to make and ask it\t\n", widest(), "")
	for i, l := range libraries {
		fmt.Fprintf(w, "  %-*s\t%.0f\t%.0f\t\n", widest(), l.who, bytes[i], ns[i])
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(o.Out, "  target: %s at most %d bytes: %.0f, %s\n\n", ours.who, idleMost, bytes[0], verdict(bytes[0] <= idleMost))
	return err
}
