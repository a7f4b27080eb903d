// Command lines tells which lines occur most often in some files. It counts by
// fork and join: halves are counted side by side, and merged.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/trivet-go/trivet/task/forkjoin"
	"github.com/trivet-go/trivet/task/scoped"
	"github.com/trivet-go/trivet/why/choose/programs/input"
)

var top = flag.Int("top", 10, "lines to print")

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, args []string) error {
	files, err := input.Files(args, "net", ".go", ".txt", ".log")
	if err != nil {
		return err
	}
	var lines []string
	for text, err := range scoped.Map(ctx, slices.Values(files), read, 8) {
		if err != nil {
			return err
		}
		lines = append(lines, text...)
	}
	counts, err := countLines(ctx, lines)
	if err != nil {
		return err
	}
	for _, c := range most(counts, *top) {
		fmt.Printf("%6d  %s\n", c.n, c.line)
	}
	fmt.Printf("%d lines, %d different ones\n", len(lines), len(counts))
	return nil
}

func read(_ context.Context, file string) (lines []string, err error) {
	text, err := os.ReadFile(file)
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines, err
}

// count is how often a line occurs.
type count struct {
	line string
	n    int
}

// countLines counts lines, and returns them in their order. It changes the order
// of lines: each half of the work has its half of them, so nothing is shared.
func countLines(ctx context.Context, lines []string) ([]count, error) {
	return forkjoin.Run(ctx, func(c *forkjoin.Ctx) []count { return countHalves(c, lines) })
}

// small is where sorting is quicker than merging is. Forks cost too little to
// have a say in it.
const small = 256

func countHalves(c *forkjoin.Ctx, lines []string) []count {
	if len(lines) <= small {
		slices.Sort(lines)
		return countSorted(lines)
	}
	half := len(lines) / 2
	return merge(forkjoin.Do(c,
		func(c *forkjoin.Ctx) []count { return countHalves(c, lines[:half]) },
		func(c *forkjoin.Ctx) []count { return countHalves(c, lines[half:]) },
	))
}

func countSorted(lines []string) (counts []count) {
	for _, line := range lines {
		if last := len(counts) - 1; last >= 0 && counts[last].line == line {
			counts[last].n++
		} else {
			counts = append(counts, count{line, 1})
		}
	}
	return counts
}

func merge(a, b []count) []count {
	counts := make([]count, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch c := strings.Compare(a[0].line, b[0].line); {
		case c < 0:
			counts, a = append(counts, a[0]), a[1:]
		case c > 0:
			counts, b = append(counts, b[0]), b[1:]
		default:
			counts = append(counts, count{a[0].line, a[0].n + b[0].n})
			a, b = a[1:], b[1:]
		}
	}
	return append(append(counts, a...), b...)
}

// most are the k most frequent lines. They are few, so that sorting all would be
// most of what one goroutine does alone.
func most(counts []count, k int) (best []count) {
	later := func(a, b count) int { return cmp.Or(cmp.Compare(b.n, a.n), -1) }
	for _, c := range counts {
		if i, _ := slices.BinarySearchFunc(best, c, later); i < k {
			best = slices.Insert(best, i, c)
			best = best[:min(k, len(best))]
		}
	}
	return best
}
