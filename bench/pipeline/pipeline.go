// Package pipeline is the scoreboard of stages that are joined by buffers: what an
// item costs on its way through three of them.
package pipeline

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/flow/pipeline"
)

// Board is the scoreboard.
var Board = contest.Board{
	Name:  "pipeline",
	What:  "what an item costs on its way through three stages",
	Cases: cases,
	LeftOut: []string{
		"rill, go-streams: the registry that this was made with does not give them",
	},
}

const (
	buffer  = 1024
	unit    = 1 << 16 // items a run, so that starting it does not count
	promise = "three functions that may fail run at the same time, joined by buffers, until the end, an error, or the end of a context"

	through  = "trivet pipeline.Through"
	maps     = "trivet pipeline.Map"
	batches  = "trivet pipeline.InBatches"
	ordered  = "trivet pipeline.Through, ordered"
	anyOrder = "pipeline.Through, in any order"
	buffers  = "channels of 1024, select on ctx.Done"
)

func cases() []contest.Case {
	return []contest.Case{
		{
			Name: "3 stages, plain", Op: "an item", Unit: unit, Promise: promise,
			Subjects: append([]contest.Subject{
				ours(through, func() pipeline.Stream[int] {
					s := source()
					for range 3 {
						s = pipeline.Through(s, pipeline.Stage{Buffer: buffer}, step)
					}
					return s
				}),
				ours(maps, func() pipeline.Stream[int] {
					s := source()
					for range 3 {
						s = pipeline.Map(s, pipeline.Stage{Buffer: buffer}, add)
					}
					return s
				}),
			}, plain()...),
			Targets: []contest.Target{{Who: through, Of: buffers, Ratio: 0.21}, {Who: maps, Of: buffers, Ratio: 0.21}, {Who: through, NS: 30}, {Who: maps, NS: 30}},
		},
		{
			Name: "3 stages, batched", Op: "an item, by 256", Unit: unit, Promise: promise,
			Subjects: []contest.Subject{
				ours(batches, func() pipeline.Stream[int] {
					s := pipeline.FromBatches(slices)
					for range 3 {
						s = pipeline.InBatches(s, pipeline.Stage{Buffer: buffer}, addAll)
					}
					return s
				}),
				{Who: "channels of 4 slices, select on ctx.Done", Role: contest.Rival, Run: inSlices},
			},
			Targets: []contest.Target{{Who: batches, NS: 10}},
		},
		{
			Name: "4 workers a stage, ordered", Op: "an item", Unit: unit, Promise: "three functions run, each on four goroutines; items come out in order",
			Subjects: []contest.Subject{
				ours(ordered, func() pipeline.Stream[int] { return workers(true) }),
				{Who: "channels by turns, select on ctx.Done", Role: contest.Rival, Run: func(n int) { orderedByHand(n, byTurns) }},
				{Who: "channels of channels, select on ctx.Done", Role: contest.Rival, Run: func(n int) { orderedByHand(n, orderedStage) }},
				{Who: anyOrder, Role: contest.Reference, Note: "ours, in any order", Run: run(func() pipeline.Stream[int] { return workers(false) })},
				{Who: "conc stream", Role: contest.Reference, Note: "no context, no errors, no buffers", Run: func(n int) { byConc(n, 4) }},
			},
			Targets: []contest.Target{{Who: ordered, Of: anyOrder, Ratio: 2}},
		},
		{
			Name: "one item alone", Op: "its way through 3 stages and back", Promise: "an item comes out as soon as it can, and the next goes in then",
			Subjects: []contest.Subject{
				{Who: through, Role: contest.Ours, Run: alone},
				{Who: "unbuffered channels, select on ctx.Done", Role: contest.Rival, Run: aloneByChannels},
			},
			Targets: []contest.Target{{Who: through, NS: 3000}},
		},
	}
}

func step(_ context.Context, i int) (int, error) { return i + 1, nil }
func add(i int) (int, error)                     { return i + 1, nil }

func addAll(_ context.Context, all []int) ([]int, error) {
	for i := range all {
		all[i]++
	}
	return all, nil
}

// items is how many the next run has; runs do not overlap.
var items int

func source() pipeline.Stream[int] {
	return pipeline.From(func(yield func(int) bool) {
		for i := range items {
			if !yield(i) {
				return
			}
		}
	})
}

func slices(yield func([]int) bool) {
	var batch [256]int
	for from := 0; from < items; from += len(batch) {
		for i := range batch {
			batch[i] = from + i
		}
		if !yield(batch[:]) {
			return
		}
	}
}

func workers(keepOrder bool) pipeline.Stream[int] {
	s := source()
	for range 3 {
		s = pipeline.Through(s, pipeline.Stage{Workers: 4, Buffer: buffer, Ordered: keepOrder}, step)
	}
	return s
}

func ours(who string, stages func() pipeline.Stream[int]) contest.Subject {
	return contest.Subject{Who: who, Role: contest.Ours, Run: run(stages)}
}

func run(stages func() pipeline.Stream[int]) func(n int) {
	return func(n int) {
		items = n
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		r := stages().Run(ctx)
		sum := 0
		for v := range r.All() {
			sum += v
		}
		check(n, sum, r.Err())
	}
}

// check panics unless sum is that of the items from 0 to n-1, each with 3 added.
func check(n, sum int, err error) {
	if want := n*(n-1)/2 + 3*n; sum != want || err != nil {
		panic(fmt.Sprintf("%d items: sum %d, want %d, %v", n, sum, want, err))
	}
}

func alone(n int) {
	in := make(chan int)
	s := pipeline.FromChan(in)
	for range 3 {
		s = pipeline.Through(s, pipeline.Stage{}, step)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r := s.Run(ctx)
	sum, i := 0, 0
	go func() { in <- 0 }()
	for v := range r.All() {
		sum += v
		if i++; i == n {
			close(in)
			continue
		}
		in <- i
	}
	check(n, sum, r.Err())
}
