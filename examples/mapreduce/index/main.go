// Command index prints an inverted index: for each word the files that it stands in,
// and how often. With -memory the index may be larger than the memory.
//
//	go run ./examples/mapreduce/index -memory 100000000 'src/*/*.go'
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/trivet-go/trivet/task/mapreduce"
)

// A posting says how often a word stands in a file.
type posting struct {
	File  string
	Count int
}

var index = mapreduce.Job[*mapreduce.Text, string, []posting, string]{
	Name: "index",
	Map: func(text *mapreduce.Text, out *mapreduce.Out[string, []posting]) error {
		for word := range text.Words() {
			out.EmitAt(word, []posting{{text.Name(), 1}})
		}
		return nil
	},
	// Pieces come in their order, so what belongs to a file is at the seam.
	Combine: func(into *[]posting, more []posting) {
		if last := &(*into)[len(*into)-1]; last.File == more[0].File {
			last.Count += more[0].Count
			more = more[1:]
		}
		*into = append(*into, more...)
	},
	Reduce: func(_ string, all []posting) string {
		var b strings.Builder
		for _, p := range all {
			fmt.Fprintf(&b, " %s:%d", p.File, p.Count)
		}
		return b.String()
	},
	Ordered: true,
}

func main() {
	flag.Int64Var(&index.Memory, "memory", 0, "bytes that the index may take in memory; 0: no limit")
	flag.Parse()

	w := bufio.NewWriter(os.Stdout)
	results := index.Run(context.Background(), mapreduce.Files(flag.Args()...))
	for word, postings := range results.Sorted() {
		fmt.Fprintf(w, "%s%s\n", word, postings)
	}
	if err := results.Err(); err != nil {
		log.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		log.Fatal(err)
	}
}
