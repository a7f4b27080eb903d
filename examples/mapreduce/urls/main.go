// Command urls prints the paths that were asked for most often, from access logs in
// the format of Apache and nginx:
//
//	1.2.3.4 - - [10/Oct/2026:13:55:36 +0000] "GET /index.html HTTP/1.1" 200 2326
//
//	go run ./examples/mapreduce/urls -top 10 'access.log*'
//
// Lines that are not like that are counted and passed over.
package main

import (
	"bytes"
	"cmp"
	"container/heap"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"slices"

	"github.com/trivet-go/trivet/task/mapreduce"
)

// traffic is how often a path was asked for, and how many bytes were sent.
type traffic struct{ Requests, Bytes int64 }

// Fields of a line, if spaces separate them.
const (
	method = 5
	path   = 6
	sent   = 9
)

var urls = mapreduce.Job[*mapreduce.Text, string, traffic, traffic]{
	Name: "urls",
	Map: func(text *mapreduce.Text, out *mapreduce.Out[string, traffic]) error {
		for line := range text.Records(' ') {
			if line.Len() <= sent || !bytes.HasPrefix(line.Field(method).Bytes(), []byte{'"'}) {
				text.Malformed(line.Line(), "not a line of an access log")
				continue
			}
			n, _ := line.Field(sent).Int() // "-" if nothing was sent
			t := out.At(line.Field(path))
			t.Requests++
			t.Bytes += n
		}
		return nil
	},
	Combine: func(into *traffic, more traffic) {
		into.Requests += more.Requests
		into.Bytes += more.Bytes
	},
}

type entry struct {
	path string
	traffic
}

func (e entry) compare(f entry) int {
	return cmp.Or(cmp.Compare(e.Requests, f.Requests), cmp.Compare(f.path, e.path))
}

// best is a heap of the best so far, the least of them first.
type best []entry

func (b best) Len() int           { return len(b) }
func (b best) Less(i, j int) bool { return b[i].compare(b[j]) < 0 }
func (b best) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }
func (b *best) Push(e any)        { *b = append(*b, e.(entry)) }
func (b *best) Pop() any {
	last := (*b)[len(*b)-1]
	*b = (*b)[:len(*b)-1]
	return last
}

func main() {
	top := flag.Int("top", 10, "how many paths to print")
	flag.Int64Var(&urls.Memory, "memory", 0, "bytes that the paths may take in memory; 0: no limit")
	flag.Parse()

	var paths best
	results := urls.Run(context.Background(), mapreduce.Input{Files: flag.Args(), SkipMalformed: true})
	for path, t := range results.All() {
		heap.Push(&paths, entry{path, t})
		if len(paths) > *top {
			heap.Pop(&paths)
		}
	}
	if err := results.Err(); err != nil {
		log.Fatal(err)
	}
	slices.SortFunc(paths, func(a, b entry) int { return b.compare(a) })
	for _, e := range paths {
		fmt.Printf("%9d requests %12d bytes  %s\n", e.Requests, e.Bytes, e.path)
	}
	if n := results.Stats().Skipped; n > 0 {
		fmt.Fprintln(os.Stderr, n, "lines were passed over")
	}
}
