package forkjoin

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"

	"github.com/trivet-go/trivet/bench/internal/contest"
)

// Once runs ours once for each case, after a first run to warm up, and prints a
// line for each in the form of the programs in other languages: who, what, cores,
// ms alone, ms with that many cores.
func Once(w io.Writer, inFull bool, procs int) {
	runtime.GOMAXPROCS(procs)
	size := usual
	if inFull {
		size = large
	}
	for _, c := range cases(size) {
		if c.Procs != 2 {
			continue // the same again
		}
		took := map[string]time.Duration{}
		for _, s := range c.Subjects {
			if s.Who == serial || s.Role == contest.Ours {
				s.Run(c.Unit)
				runtime.GC()
				start := time.Now()
				s.Run(c.Unit)
				took[s.Who] = time.Since(start)
			}
		}
		for who, t := range took {
			if who != serial {
				what := strings.Fields(c.Name)[0]
				fmt.Fprintf(w, "%s\t%s\t%d\t%.3f\t%.3f\n", who, strings.ReplaceAll(what, "uneven", "tree"), procs, ms(took[serial]), ms(t))
			}
		}
	}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
