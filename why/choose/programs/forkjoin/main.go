// Lines tells which lines occur most often in some files. It sorts all of them
// by fork and join: halves are sorted side by side, down to a grain, and merged.
package main

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/trivet-go/trivet/task/scoped"
	"github.com/trivet-go/trivet/why/choose/programs/input"
)

var (
	grain = flag.Int("grain", 8192, "lines that one goroutine sorts alone")
	top   = flag.Int("top", 10, "lines to print")
)

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
	lines, err := read(files)
	if err != nil {
		return err
	}
	if err := sortLines(ctx, lines, make([]string, len(lines)), *grain); err != nil {
		return err
	}
	counts := frequent(lines)
	for _, c := range counts[:min(*top, len(counts))] {
		fmt.Printf("%6d  %s\n", c.n, c.line)
	}
	fmt.Printf("%d lines, %d different ones\n", len(lines), len(counts))
	return nil
}

func read(files []string) (lines []string, err error) {
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for line := range bytes.Lines(data) {
			if line = bytes.TrimSpace(line); len(line) > 0 {
				lines = append(lines, string(line))
			}
		}
	}
	return lines, nil
}

// sortLines sorts lines. spare is as long, and belongs to it meanwhile: halves of
// both are handed to halves of the work, so that no two goroutines share any.
//
// task/forkjoin will do this with goroutines that steal from each other.
func sortLines(ctx context.Context, lines, spare []string, grain int) error {
	if len(lines) <= grain {
		slices.Sort(lines)
		return nil
	}
	half := len(lines) / 2
	err := scoped.Run(ctx, func(g *scoped.Group) error {
		g.Go(func(ctx context.Context) error { return sortLines(ctx, lines[:half], spare[:half], grain) })
		return sortLines(g.Context(), lines[half:], spare[half:], grain)
	})
	if err != nil {
		return err
	}
	merge(spare[:0], lines[:half], lines[half:])
	copy(lines, spare)
	return nil
}

// merge appends the sorted a and b to out, which has room for both.
func merge(out, a, b []string) {
	for len(a) > 0 && len(b) > 0 {
		if a[0] <= b[0] {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	out = append(out, a...)
	_ = append(out, b...)
}

type count struct {
	line string
	n    int
}

// frequent counts equal neighbours, the most frequent first.
func frequent(sorted []string) (counts []count) {
	for _, line := range sorted {
		if last := len(counts) - 1; last >= 0 && counts[last].line == line {
			counts[last].n++
		} else {
			counts = append(counts, count{line, 1})
		}
	}
	slices.SortFunc(counts, func(a, b count) int {
		return cmp.Or(cmp.Compare(b.n, a.n), strings.Compare(a.line, b.line))
	})
	return counts
}
