package mapreduce

import (
	"context"

	"github.com/trivet-go/trivet/task/mapreduce"
)

var brc = mapreduce.Job[*mapreduce.Text, string, stat, stat]{
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
}

var words = mapreduce.Job[*mapreduce.Text, string, int64, int64]{
	Map: func(text *mapreduce.Text, out *mapreduce.Out[string, int64]) error {
		for word := range text.Words() {
			*out.At(word)++
		}
		return nil
	},
	Combine: func(sum *int64, n int64) { *sum += n },
}

func oursBRC(in mapreduce.Input, workers int) (a answer) {
	job := brc
	job.Workers = workers
	results := job.Run(context.Background(), in)
	for station, s := range results.All() {
		a.station(station, s)
	}
	must(results.Err())
	return a
}

func oursWords(in mapreduce.Input, workers int, memory int64) (a answer) {
	job := words
	job.Workers, job.Memory = workers, memory
	results := job.Run(context.Background(), in)
	for word, n := range results.All() {
		a.add(word, n)
	}
	must(results.Err())
	return a
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
