// Command words counts the words of some files by map and reduce: each file
// becomes counts by word, the same word of all files goes to the same reducer,
// and each reducer adds up its words alone.
package main

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"hash/maphash"
	"iter"
	"log"
	"os"
	"os/signal"
	"slices"
	"strings"
	"unicode"

	"github.com/trivet-go/trivet/task/scoped"
	"github.com/trivet-go/trivet/why/choose/programs/input"
)

var (
	workers  = flag.Int("workers", 8, "files that are mapped at the same time")
	reducers = flag.Int("reducers", 8, "parts into which words are divided")
	top      = flag.Int("top", 10, "words to print")
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
	parts, err := countWords(ctx, slices.Values(files), os.ReadFile, *workers, *reducers)
	if err != nil {
		return err
	}
	words, best := 0, []count{}
	for _, part := range parts {
		words += len(part)
		best = append(best, part[:min(*top, len(part))]...)
	}
	slices.SortFunc(best, moreFrequent)
	for _, c := range best[:min(*top, len(best))] {
		fmt.Printf("%8d  %s\n", c.n, c.word)
	}
	fmt.Printf("%d files, %d different words\n", len(files), words)
	return nil
}

type count struct {
	word string
	n    int
}

func moreFrequent(a, b count) int {
	return cmp.Or(cmp.Compare(b.n, a.n), strings.Compare(a.word, b.word))
}

type table map[string]int

// countWords returns the counts of all words, each in one of the parts, the most
// frequent of a part first.
//
// task/mapreduce will do this, for tables that do not fit into memory too.
func countWords(ctx context.Context, files iter.Seq[string], read func(string) ([]byte, error), workers, parts int) (reduced [][]count, err error) {
	seed := maphash.MakeSeed()
	mapFile := func(_ context.Context, file string) ([]table, error) {
		text, err := read(file)
		if err != nil {
			return nil, err
		}
		mapped := make([]table, parts)
		for i := range mapped {
			mapped[i] = table{}
		}
		for word := range bytes.FieldsFuncSeq(text, notLetter) {
			mapped[maphash.Bytes(seed, word)%uint64(parts)][string(word)]++
		}
		return mapped, nil
	}
	shuffled := make([][]table, parts)
	for mapped, err := range scoped.MapAsDone(ctx, files, mapFile, workers) {
		if err != nil {
			return nil, err
		}
		for part, words := range mapped {
			shuffled[part] = append(shuffled[part], words)
		}
	}
	for part, err := range scoped.MapAsDone(ctx, slices.Values(shuffled), reduce, workers) {
		if err != nil {
			return nil, err
		}
		reduced = append(reduced, part)
	}
	return reduced, nil
}

// reduce adds up the tables of one part.
func reduce(_ context.Context, tables []table) (counts []count, err error) {
	total := table{}
	for _, words := range tables {
		for word, n := range words {
			total[word] += n
		}
	}
	for word, n := range total {
		counts = append(counts, count{word, n})
	}
	slices.SortFunc(counts, moreFrequent)
	return counts, nil
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }
