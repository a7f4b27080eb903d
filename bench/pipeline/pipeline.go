// Package pipeline is the scoreboard of stages that are joined by buffers: what an
// item costs on its way through three of them.
package pipeline

import (
	"context"
	"fmt"

	"github.com/samber/ro"
	"github.com/sourcegraph/conc/stream"

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
				{Who: "channels of channels, select on ctx.Done", Role: contest.Rival, Run: orderedByHand},
				{Who: anyOrder, Role: contest.Reference, Note: "ours, in any order", Run: run(func() pipeline.Stream[int] { return workers(false) })},
				{Who: "conc stream", Role: contest.Reference, Note: "one stage, no context, no errors", Run: concStream},
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

func plain() []contest.Subject {
	return []contest.Subject{
		{Who: buffers, Role: contest.Rival, Run: func(n int) { byChannels(n, buffer) }},
		{Who: "unbuffered channels, select on ctx.Done", Role: contest.Rival, Run: func(n int) { byChannels(n, 0) }},
		{Who: "samber/ro", Role: contest.Reference, Note: "one goroutine, no buffers", Run: byRo},
		{Who: "channels of 1024", Role: contest.Reference, Note: "no context, no errors", Run: byPlainChannels},
		{Who: "serial", Role: contest.Reference, Note: "a loop", Run: func(n int) {
			sum := 0
			for i := range n {
				v, err := i, error(nil)
				for range 3 {
					if v, err = step(context.Background(), v); err != nil {
						panic(err)
					}
				}
				sum += v
			}
			check(n, sum, nil)
		}},
	}
}

// result is what channels carry that tell of errors.
type result struct {
	v   int
	err error
}

func send(ctx context.Context, c chan<- result, r result) bool {
	select {
	case c <- r:
		return true
	case <-ctx.Done():
		return false
	}
}

func byChannels(n, size int) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	in := make(chan result, size)
	go func() {
		defer close(in)
		for i := range n {
			if !send(ctx, in, result{v: i}) {
				return
			}
		}
	}()
	sum := 0
	for r := range stages(ctx, in, size) {
		if r.err != nil {
			panic(r.err)
		}
		sum += r.v
	}
	check(n, sum, nil)
}

func stages(ctx context.Context, in chan result, size int) chan result {
	for range 3 {
		out := make(chan result, size)
		go func(in chan result) {
			defer close(out)
			for r := range in {
				if r.err == nil {
					r.v, r.err = step(ctx, r.v)
				}
				if !send(ctx, out, r) {
					return
				}
			}
		}(in)
		in = out
	}
	return in
}

func byPlainChannels(n int) {
	first := make(chan int, buffer)
	go func() {
		defer close(first)
		for i := range n {
			first <- i
		}
	}()
	in := first
	for range 3 {
		out := make(chan int, buffer)
		go func(in chan int) {
			defer close(out)
			for v := range in {
				out <- v + 1
			}
		}(in)
		in = out
	}
	sum := 0
	for v := range in {
		sum += v
	}
	check(n, sum, nil)
}

func byRo(n int) {
	one := ro.MapErr(func(i int64) (int64, error) { return i + 1, nil })
	sum := 0
	var failure error
	sub := ro.Pipe3(ro.Range(0, int64(n)), one, one, one).Subscribe(ro.NewObserver(
		func(v int64) { sum += int(v) }, func(err error) { failure = err }, func() {},
	))
	sub.Wait()
	check(n, sum, failure)
}

func inSlices(n int) {
	items = n
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	type part struct {
		all []int
		err error
	}
	send := func(c chan<- part, p part) bool {
		select {
		case c <- p:
			return true
		case <-ctx.Done():
			return false
		}
	}
	first := make(chan part, buffer/256)
	go func() {
		defer close(first)
		slices(func(all []int) bool { return send(first, part{all: append([]int(nil), all...)}) })
	}()
	in := first
	for range 3 {
		out := make(chan part, buffer/256)
		go func(in chan part) {
			defer close(out)
			for p := range in {
				if p.err == nil {
					p.all, p.err = addAll(ctx, p.all)
				}
				if !send(out, p) {
					return
				}
			}
		}(in)
		in = out
	}
	sum := 0
	for p := range in {
		if p.err != nil {
			panic(p.err)
		}
		for _, v := range p.all {
			sum += v
		}
	}
	check(n, sum, nil)
}

// orderedByHand gives each item a channel for its result, and keeps these in
// order.
func orderedByHand(n int) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	in := make(chan result, buffer)
	go func() {
		defer close(in)
		for i := range n {
			if !send(ctx, in, result{v: i}) {
				return
			}
		}
	}()
	var out <-chan result = in
	for range 3 {
		out = orderedStage(ctx, out)
	}
	sum, next := 0, 3
	for r := range out {
		if r.err != nil || r.v != next {
			panic(fmt.Sprint("out of order: ", r))
		}
		sum += r.v
		next++
	}
	check(n, sum, nil)
}

func orderedStage(ctx context.Context, in <-chan result) <-chan result {
	type job struct {
		r    result
		done chan result
	}
	jobs, order, out := make(chan job), make(chan chan result, buffer), make(chan result, buffer)
	for range 4 {
		go func() {
			for j := range jobs {
				if j.r.err == nil {
					j.r.v, j.r.err = step(ctx, j.r.v)
				}
				j.done <- j.r
			}
		}()
	}
	go func() {
		defer close(jobs)
		defer close(order)
		for r := range in {
			done := make(chan result, 1)
			select {
			case jobs <- job{r, done}:
				order <- done
			case <-ctx.Done():
				return
			}
		}
	}()
	go func() {
		defer close(out)
		for done := range order {
			if !send(ctx, out, <-done) {
				return
			}
		}
	}()
	return out
}

func concStream(n int) {
	sum := 0
	s := stream.New().WithMaxGoroutines(4)
	for i := range n {
		s.Go(func() stream.Callback {
			v := i + 3
			return func() { sum += v }
		})
	}
	s.Wait()
	check(n, sum, nil)
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

func aloneByChannels(n int) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	in := make(chan result)
	out := stages(ctx, in, 0)
	sum := 0
	for i := range n {
		if !send(ctx, in, result{v: i}) {
			return
		}
		r := <-out
		if r.err != nil {
			panic(r.err)
		}
		sum += r.v
	}
	close(in)
	check(n, sum, nil)
}
