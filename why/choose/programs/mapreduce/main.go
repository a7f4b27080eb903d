// Words counts the words of some files by map and reduce: each file becomes
// counts by word, the same word of all files goes to the same reducer, and each
// reducer adds up its words alone.
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
	var all []count
	for _, words := range parts {
		for word, n := range words {
			all = append(all, count{word, n})
		}
	}
	slices.SortFunc(all, func(a, b count) int {
		return cmp.Or(cmp.Compare(b.n, a.n), strings.Compare(a.word, b.word))
	})
	for _, c := range all[:min(*top, len(all))] {
		fmt.Printf("%8d  %s\n", c.n, c.word)
	}
	fmt.Printf("%d files, %d different words\n", len(files), len(all))
	return nil
}

type count struct {
	word string
	n    int
}

type counts map[string]int

// countWords returns the counts of all words, each in one of the parts.
//
// task/mapreduce will do this, for tables that do not fit into memory too.
func countWords(ctx context.Context, files iter.Seq[string], read func(string) ([]byte, error), workers, parts int) ([]counts, error) {
	seed := maphash.MakeSeed()
	mapFile := func(_ context.Context, file string) ([]counts, error) {
		text, err := read(file)
		if err != nil {
			return nil, err
		}
		mapped := tables(parts)
		for word := range bytes.FieldsFuncSeq(text, notLetter) {
			mapped[maphash.Bytes(seed, word)%uint64(parts)][string(word)]++
		}
		return mapped, nil
	}
	var mapped [][]counts
	for file, err := range scoped.MapAsDone(ctx, files, mapFile, workers) {
		if err != nil {
			return nil, err
		}
		mapped = append(mapped, file)
	}
	reduced := tables(parts)
	return reduced, scoped.Each(ctx, slices.Values(ints(parts)), workers, func(_ context.Context, part int) error {
		for _, file := range mapped {
			for word, n := range file[part] {
				reduced[part][word] += n
			}
		}
		return nil
	})
}

func tables(n int) []counts {
	all := make([]counts, n)
	for i := range all {
		all[i] = counts{}
	}
	return all
}

func ints(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }
