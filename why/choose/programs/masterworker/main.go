// Command squeeze tells which files would become smallest. A master hands out a
// job for each file; a job that fails, or takes too long, is handed out again,
// and what cannot be done is told at the end instead of stopping the rest.
package main

import (
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/trivet-go/trivet/task/masterworker"
	"github.com/trivet-go/trivet/task/scoped"
	"github.com/trivet-go/trivet/why/choose/programs/input"
)

var (
	workers = flag.Int("workers", 8, "jobs that are worked on at the same time")
	tries   = flag.Int("tries", 3, "how often a job is tried")
	patient = flag.Duration("patient", time.Minute, "how long a try may take")
	top     = flag.Int("top", 10, "files to print")
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
	m, err := masterworker.Open(ctx, masterworker.Rules[string, float64]{Tries: *tries, Timeout: *patient})
	if err != nil {
		return err
	}
	var (
		done   map[string]float64
		failed []error
	)
	err = scoped.Run(ctx, func(g *scoped.Group) error {
		g.Go(func(ctx context.Context) error {
			return masterworker.Work(ctx, m, squeeze, masterworker.Worker{Slots: *workers})
		})
		done, failed, err = collect(g.Context(), m, files)
		return err
	})
	if err != nil {
		return err
	}
	smallest := slices.SortedFunc(maps.Keys(done), func(a, b string) int {
		return cmp.Or(cmp.Compare(done[a], done[b]), strings.Compare(a, b))
	})
	for _, file := range smallest[:min(*top, len(smallest))] {
		fmt.Printf("%5.1f %%  %s\n", 100*done[file], file)
	}
	for _, err := range failed {
		fmt.Println("not done:", err)
	}
	fmt.Printf("%d files done, %d not\n", len(done), len(failed))
	return nil
}

// collect has all jobs done, and then dismisses the workers. Each job has a result
// or is among those that failed.
func collect[R any](ctx context.Context, m *masterworker.Master[string, R], jobs []string) (map[string]R, []error, error) {
	var tickets []masterworker.Ticket[string, R]
	for _, job := range jobs {
		ticket, err := m.Submit(ctx, job)
		if err != nil {
			return nil, nil, err
		}
		tickets = append(tickets, ticket)
	}
	done := map[string]R{}
	var failed []error
	for i, ticket := range tickets {
		result, err := ticket.Await(ctx)
		var dead *masterworker.DeadError
		switch {
		case err == nil:
			done[jobs[i]] = result
		case errors.As(err, &dead):
			failed = append(failed, err)
		default:
			return nil, nil, err
		}
	}
	_, err := m.Drain(ctx)
	return done, failed, err
}

// squeeze is the share of a file that is left after compression.
func squeeze(_ context.Context, file string) (float64, error) {
	data, err := os.ReadFile(file)
	if err != nil || len(data) == 0 {
		return 1, err
	}
	var size counter
	w := gzip.NewWriter(&size)
	if _, err := w.Write(data); err != nil {
		return 0, err
	}
	err = w.Close()
	return float64(size) / float64(len(data)), err
}

// counter counts the bytes that are written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
