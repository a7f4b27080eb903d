// Command words counts the words of some files by map and reduce: each worker
// counts the pieces of text that it takes in a table of its own, and the counts
// of a word meet in one place.
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

	"github.com/trivet-go/trivet/task/mapreduce"
	"github.com/trivet-go/trivet/why/choose/programs/input"
)

var (
	memory = flag.Int64("memory", 0, "`bytes` of counts to keep in memory; what is more is sorted on disk; 0 is all")
	top    = flag.Int("top", 10, "words to print")
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
	different, most, err := countWords(ctx, mapreduce.Files(files...), *memory, *top)
	if err != nil {
		return err
	}
	for _, c := range most {
		fmt.Printf("%8d  %s\n", c.n, c.word)
	}
	fmt.Printf("%d files, %d different words\n", len(files), different)
	return nil
}

type count struct {
	word string
	n    int
}

func moreFrequent(a, b count) int {
	return cmp.Or(cmp.Compare(b.n, a.n), strings.Compare(a.word, b.word))
}

// countWords returns how many different words there are, and the k most frequent.
func countWords(ctx context.Context, text mapreduce.Input, memory int64, k int) (different int, most []count, err error) {
	words := mapreduce.Job[*mapreduce.Text, string, int, int]{
		Map: func(text *mapreduce.Text, out *mapreduce.Out[string, int]) error {
			for word := range text.Words() {
				*out.At(word)++
			}
			return nil
		},
		Combine: func(sum *int, n int) { *sum += n },
		Memory:  memory,
	}
	counts := words.Run(ctx, text)
	for word, n := range counts.All() {
		different++
		c := count{word, n}
		if i, _ := slices.BinarySearchFunc(most, c, moreFrequent); i < k {
			most = slices.Insert(most, i, c)
			most = most[:min(k, len(most))]
		}
	}
	return different, most, counts.Err()
}
