// Command search finds the files that speak most of something. All files are
// dealt out to shards; every shard is asked, gives its own best, and the best
// of all are merged. A shard that fails or takes too long is named, and the
// rest answers.
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
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/flow/scatter"
	"github.com/trivet-go/trivet/why/choose/programs/input"
)

var (
	question = flag.String("for", "context deadline", "words to look for")
	shards   = flag.Int("shards", 8, "parts into which the files are divided")
	deadline = flag.Duration("deadline", 10*time.Second, "how long to wait for the shards")
	top      = flag.Int("top", 10, "files to print")
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
	files, err := input.Files(args, "cmd", ".go", ".txt", ".log")
	if err != nil {
		return err
	}
	search := searcher(scatter.Rules{Name: "search", Deadline: *deadline, Partial: 1}, *top, deal(files, *shards))
	found, err := search(ctx, strings.Fields(*question))
	if err != nil {
		return err
	}
	for _, h := range found.hits {
		fmt.Printf("%6d  %s\n", h.times, h.file)
	}
	for _, name := range found.missing {
		fmt.Printf("shard %s is missing in this answer\n", name)
	}
	return nil
}

// hit is a file and how often the words occur in it.
type hit struct {
	file  string
	times int
}

type answer struct {
	hits    []hit
	missing []string // names of shards
}

// searcher asks all shards, which are lists of files.
func searcher(rules scatter.Rules, top int, shards [][]string) trivet.Step[[]string, answer] {
	var asks []scatter.Shard[[]string, []hit]
	for i, files := range shards {
		asks = append(asks, scatter.Shard[[]string, []hit]{Name: fmt.Sprint(i), Ask: ask(files, top)})
	}
	best := scatter.TopK(top, better)
	merge := func(replies scatter.Replies[[]hit]) (answer, error) {
		hits, err := best(replies)
		return answer{hits, replies.Missing()}, err
	}
	return scatter.Gather(rules, merge, asks...)
}

// ask makes the step of one shard: its own best files, the best first.
func ask(files []string, top int) trivet.Step[[]string, []hit] {
	return func(ctx context.Context, words []string) ([]hit, error) {
		var hits []hit
		for _, file := range files {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			if n := times(text, words); n > 0 {
				hits = append(hits, hit{file, n})
			}
		}
		slices.SortFunc(hits, better)
		return hits[:min(top, len(hits))], nil
	}
}

func times(text []byte, words []string) (n int) {
	for _, word := range words {
		n += bytes.Count(text, []byte(word))
	}
	return n
}

func better(a, b hit) int {
	return cmp.Or(cmp.Compare(b.times, a.times), strings.Compare(a.file, b.file))
}

// deal gives each of n shards every n-th file.
func deal(files []string, n int) [][]string {
	shards := make([][]string, n)
	for i, file := range files {
		shards[i%n] = append(shards[i%n], file)
	}
	return shards
}
