// Command squeeze tells which files would become smallest. A master hands out a
// job for each file; a job that fails, or takes too long, is handed out again,
// and what cannot be done is told at the end instead of stopping the rest.
package main

import (
	"cmp"
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/trivet-go/trivet/flow/consume"
	"github.com/trivet-go/trivet/state/bounded"
	"github.com/trivet-go/trivet/state/guarded"
	"github.com/trivet-go/trivet/task/scoped"
	"github.com/trivet-go/trivet/why/choose/programs/input"
)

var (
	workers = flag.Int("workers", 8, "jobs that are worked on at the same time")
	tries   = flag.Int("tries", 3, "how often a job is tried")
	patient = flag.Duration("patient", time.Minute, "how long a worker may have a job")
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
	m := master[float64]{Workers: *workers, Tries: *tries, Visibility: *patient}
	done, failed, err := m.do(ctx, files, squeeze)
	if err != nil {
		return err
	}
	smallest := slices.SortedFunc(maps.Keys(done), func(a, b string) int {
		return cmp.Or(cmp.Compare(done[a], done[b]), strings.Compare(a, b))
	})
	for _, file := range smallest[:min(*top, len(smallest))] {
		fmt.Printf("%5.1f %%  %s\n", 100*done[file], file)
	}
	for _, letter := range failed {
		fmt.Printf("not done after %d tries: %v\n", letter.Tries, letter.Err())
	}
	fmt.Printf("%d files done, %d not\n", len(done), len(failed))
	return nil
}

// master hands out jobs, which are names, until each has a result or has failed
// too often. A job may be worked on twice, and then has one result all the same.
//
// task/masterworker will take its place: its workers may be other processes, and
// a job that one of them leaves behind when it dies goes to the next.
type master[R any] consume.Rules[string]

func (m master[R]) do(ctx context.Context, jobs []string, work func(context.Context, string) (R, error)) (map[string]R, []consume.Letter[string], error) {
	var (
		results = guarded.Of(map[string]R{})
		failed  guarded.Value[[]consume.Letter[string]]
	)
	rules := consume.Rules[string](m)
	rules.DeadLetters = func(_ context.Context, letter consume.Letter[string]) error {
		failed.Do(func(all *[]consume.Letter[string]) { *all = append(*all, letter) })
		return nil
	}
	queue := bounded.New(64, bounded.Rules[string]{Name: "jobs"})
	err := scoped.Run(ctx, func(g *scoped.Group) error {
		g.Go(func(ctx context.Context) error {
			defer queue.Close()
			_, err := queue.PutAll(ctx, jobs)
			return err
		})
		_, err := consume.Each(g.Context(), queue, func(ctx context.Context, job string) error {
			result, err := work(ctx, job)
			if err == nil {
				results.Do(func(all *map[string]R) { (*all)[job] = result })
			}
			return err
		}, rules)
		return err
	})
	// A worker that took too long may have finished after all.
	done := results.Load()
	late := func(letter consume.Letter[string]) bool { _, ok := done[letter.Item]; return ok }
	return done, slices.DeleteFunc(failed.Load(), late), err
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
