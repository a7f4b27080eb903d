// Command words prints the words of some files, those first that occur most often.
//
//	go run ./examples/mapreduce/words -top 10 'books/*.txt' more.txt.gz
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"log"
	"slices"

	"github.com/trivet-go/trivet/task/mapreduce"
)

var words = mapreduce.Job[*mapreduce.Text, string, int, int]{
	Name: "words",
	Map: func(text *mapreduce.Text, out *mapreduce.Out[string, int]) error {
		for word := range text.Words() {
			*out.At(word)++
		}
		return nil
	},
	Combine: func(sum *int, n int) { *sum += n },
}

type count struct {
	word string
	n    int
}

func main() {
	top := flag.Int("top", 20, "how many words to print")
	flag.Parse()

	var all []count
	counts := words.Run(context.Background(), mapreduce.Files(flag.Args()...))
	for word, n := range counts.All() {
		all = append(all, count{word, n})
	}
	if err := counts.Err(); err != nil {
		log.Fatal(err)
	}
	slices.SortFunc(all, func(a, b count) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.word, b.word)) })
	for _, c := range all[:min(*top, len(all))] {
		fmt.Println(c.n, c.word)
	}
}
