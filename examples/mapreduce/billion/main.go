// Command billion solves the One Billion Row Challenge: for each station the lowest,
// the mean and the highest of its readings, from lines like "Oslo;-3.5".
//
//	go run ./examples/mapreduce/billion measurements.txt
//
// While it runs it tells on standard error how far it is.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/task/mapreduce"
)

// stat is what the readings of a station come to, in tenths of a degree.
type stat struct{ min, max, sum, count int64 }

func (s *stat) add(tenths int64) {
	if s.count == 0 {
		s.min, s.max = tenths, tenths
	}
	s.min, s.max = min(s.min, tenths), max(s.max, tenths)
	s.sum += tenths
	s.count++
}

func (s *stat) merge(other stat) {
	s.min, s.max = min(s.min, other.min), max(s.max, other.max)
	s.sum += other.sum
	s.count += other.count
}

var readings = mapreduce.Job[*mapreduce.Text, string, stat, string]{
	Name: "readings",
	Map: func(text *mapreduce.Text, out *mapreduce.Out[string, stat]) error {
		for station, reading := range text.Pairs(';') {
			tenths, ok := reading.Fixed(1)
			if !ok {
				text.Malformed(reading, "not a temperature")
				continue
			}
			out.At(station).add(tenths)
		}
		return nil
	},
	Combine: (*stat).merge,
	Reduce: func(_ string, s stat) string {
		mean := float64(s.sum) / float64(s.count)
		return fmt.Sprintf("%.1f/%.1f/%.1f", float64(s.min)/10, mean/10, float64(s.max)/10)
	},
}

func main() {
	var in mapreduce.Input
	flag.BoolVar(&in.Mapped, "mapped", false, "map the files into memory")
	flag.BoolVar(&in.SkipMalformed, "skip", false, "skip malformed lines, and count them")
	flag.Parse()
	in.Files = flag.Args()

	ctx := trivet.WithHooks(context.Background(), &trivet.Hooks{Progress: func(p trivet.ProgressInfo) {
		fmt.Fprintf(os.Stderr, "\r%d of %d MB, %.0f MB/s, %v left   ", p.Done/1e6, p.Total/1e6, p.Rate()/1e6, p.Left().Round(time.Second))
	}})
	results := readings.Run(ctx, in)
	for station, line := range results.Sorted() {
		fmt.Printf("%s=%s\n", station, line)
	}
	fmt.Fprintln(os.Stderr)
	if err := results.Err(); err != nil {
		log.Fatal(err)
	}
	if n := results.Stats().Skipped; n > 0 {
		fmt.Fprintln(os.Stderr, n, "lines skipped")
	}
}
