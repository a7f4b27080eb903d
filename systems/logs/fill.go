package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/trivet-go/trivet/systems/logs/ingest"
	"github.com/trivet-go/trivet/systems/logs/read"
	"github.com/trivet-go/trivet/task/scoped"
)

// fill runs in, and shows how far it is if somebody watches.
func fill(ctx context.Context, in *ingest.Ingest, reader *read.Reader) error {
	if info, err := os.Stderr.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return in.Run(ctx)
	}
	return scoped.Run(ctx, func(g *scoped.Group) error {
		watch, stop := context.WithCancel(ctx)
		g.Go(func(context.Context) error {
			defer stop()
			return in.Run(ctx)
		})
		g.Go(func(context.Context) error {
			tick := time.NewTicker(300 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-tick.C:
					fmt.Fprintf(os.Stderr, "\r%s\x1b[K", progress(in, reader))
				case <-watch.Done():
					fmt.Fprint(os.Stderr, "\r\x1b[K")
					return nil
				}
			}
		})
		return nil
	})
}

// progress is one line: how much, how fast, how much longer.
func progress(in *ingest.Ingest, reader *read.Reader) string {
	c, took := in.Counts(), in.Took().Seconds()
	done, _ := reader.Progress()
	line := fmt.Sprintf("%d lines indexed", c.Indexed)
	if took > 0 {
		line += fmt.Sprintf(", %.0f a second", float64(c.Indexed)/took)
	}
	if c.Dead > 0 {
		line += fmt.Sprintf(", %d dead", c.Dead)
	}
	if size, known := reader.Size(); known && size > 0 && done > 0 {
		part := min(1, float64(done)/float64(size))
		left := time.Duration(took * (1 - part) / part * float64(time.Second)).Round(time.Second)
		line = fmt.Sprintf("%3.0f %%  %s, %v left", 100*part, line, left)
	}
	return line
}
