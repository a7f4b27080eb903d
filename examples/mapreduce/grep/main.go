// Command grep prints the lines of some files that match a regular expression, in
// their order, with the name of the file and the offset.
//
//	go run ./examples/mapreduce/grep 'error|warn' 'logs/*.gz'
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"regexp"

	"github.com/trivet-go/trivet/task/mapreduce"
)

// A place is where a line stands.
type place struct {
	File   string
	Offset int64
}

func main() {
	flag.Parse()
	if flag.NArg() < 2 {
		log.Fatal("usage: grep EXPRESSION FILE...")
	}
	expression, err := regexp.Compile(flag.Arg(0))
	if err != nil {
		log.Fatal(err)
	}
	matches := mapreduce.Job[*mapreduce.Text, place, string, string]{
		Name: "grep",
		Map: func(text *mapreduce.Text, out *mapreduce.Out[place, string]) error {
			for line := range text.Lines() {
				if expression.Match(line.Bytes()) {
					out.Emit(place{text.Name(), text.OffsetOf(line)}, line.String())
				}
			}
			return nil
		},
		Combine: func(*string, string) {}, // each place is there once
	}
	w := bufio.NewWriter(os.Stdout)
	results := matches.Run(context.Background(), mapreduce.Files(flag.Args()[1:]...))
	for at, line := range results.Sorted() {
		fmt.Fprintf(w, "%s:%d:%s\n", at.File, at.Offset, line)
	}
	if err := results.Err(); err != nil {
		log.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		log.Fatal(err)
	}
}
