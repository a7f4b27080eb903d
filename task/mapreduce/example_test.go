package mapreduce_test

import (
	"context"
	"fmt"
	"strings"
	"testing/fstest"

	"github.com/trivet-go/trivet/task/mapreduce"
)

// How often does each word occur?
func Example() {
	words := mapreduce.Job[*mapreduce.Text, string, int, int]{
		Map: func(text *mapreduce.Text, out *mapreduce.Out[string, int]) error {
			for word := range text.Words() {
				*out.At(word)++
			}
			return nil
		},
		Combine: func(sum *int, n int) { *sum += n },
	}
	counts := words.Run(context.Background(), mapreduce.Reader("zoo", strings.NewReader("dog cat\nbird dog\n")))
	for word, n := range counts.Sorted() {
		fmt.Println(word, n)
	}
	fmt.Println(counts.Err())
	// Output:
	// bird 1
	// cat 1
	// dog 2
	// <nil>
}

// What is the highest of the readings of each station? Combine begins with the
// first of them, so no zero gets between.
func ExampleOut_Emit() {
	highest := mapreduce.Job[*mapreduce.Text, string, int64, float64]{
		Map: func(text *mapreduce.Text, out *mapreduce.Out[string, int64]) error {
			for station, reading := range text.Pairs(';') {
				tenths, ok := reading.Fixed(1)
				if !ok {
					text.Malformed(reading, "not a temperature")
					continue
				}
				out.EmitAt(station, tenths)
			}
			return nil
		},
		Combine: func(high *int64, tenths int64) { *high = max(*high, tenths) },
		Reduce:  func(_ string, tenths int64) float64 { return float64(tenths) / 10 },
	}
	in := mapreduce.Reader("readings", strings.NewReader("Oslo;-3.5\nRome;12.0\nOslo;-8.1\n"))
	results := highest.Run(context.Background(), in)
	for station, degrees := range results.Sorted() {
		fmt.Println(station, degrees)
	}
	// Output:
	// Oslo -3.5
	// Rome 12
}

// What happens to lines that are not as they should be?
func ExampleInput_skipMalformed() {
	levels := mapreduce.Job[*mapreduce.Text, string, int, int]{
		Map: func(text *mapreduce.Text, out *mapreduce.Out[string, int]) error {
			for level := range text.Pairs(' ') {
				*out.At(level)++
			}
			return nil
		},
		Combine: func(sum *int, n int) { *sum += n },
	}
	logs := fstest.MapFS{"day.log": {Data: []byte("INFO up\n???\nWARN hot\n")}}

	strict := levels.Run(context.Background(), mapreduce.Input{Files: []string{"*.log"}, FS: logs})
	_, err := strict.Collect()
	fmt.Println(err)

	lenient := levels.Run(context.Background(), mapreduce.Input{Files: []string{"*.log"}, FS: logs, SkipMalformed: true})
	counts, err := lenient.Collect()
	fmt.Println(counts, err, lenient.Stats().Skipped, "skipped")
	// Output:
	// day.log: byte 8: a line without ' '
	// map[INFO:1 WARN:1] <nil> 1 skipped
}

// Not only text: the input may be items of any type, and keys too.
func ExampleSlice() {
	type pair struct{ from, to string }
	trips := []pair{{"A", "B"}, {"B", "A"}, {"A", "B"}}
	count := mapreduce.Job[pair, pair, int, int]{
		Map: func(trip pair, out *mapreduce.Out[pair, int]) error {
			out.Emit(trip, 1)
			return nil
		},
		Combine: func(sum *int, n int) { *sum += n },
	}
	for trip, n := range count.Run(context.Background(), mapreduce.Slice(trips)).Sorted() {
		fmt.Println(trip.from, trip.to, n)
	}
	// Output:
	// A B 2
	// B A 1
}
