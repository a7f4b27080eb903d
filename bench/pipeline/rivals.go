package pipeline

import (
	"context"
	"fmt"

	"github.com/samber/ro"
	"github.com/sourcegraph/conc/stream"

	"github.com/trivet-go/trivet/bench/internal/contest"
)

func plain() []contest.Subject {
	return []contest.Subject{
		{Who: buffers, Role: contest.Rival, Run: func(n int) { byChannels(n, buffer) }},
		{Who: "unbuffered channels, select on ctx.Done", Role: contest.Rival, Run: func(n int) { byChannels(n, 0) }},
		{Who: "samber/ro", Role: contest.Reference, Note: "one goroutine, no buffers", Run: byRo},
		{Who: "conc stream", Role: contest.Reference, Note: "no context, no errors, no buffers", Run: func(n int) { byConc(n, 1) }},
		{Who: "channels of 1024", Role: contest.Reference, Note: "no context, no errors", Run: func(n int) { byPlainChannels(n, buffer) }},
		{Who: "unbuffered channels", Role: contest.Reference, Note: "no context, no errors", Run: func(n int) { byPlainChannels(n, 0) }},
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

func byPlainChannels(n, size int) {
	first := make(chan int, size)
	go func() {
		defer close(first)
		for i := range n {
			first <- i
		}
	}()
	in := first
	for range 3 {
		out := make(chan int, size)
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

// orderedByHand runs three stages that keep the order of items.
func orderedByHand(n int, stage func(context.Context, <-chan result) <-chan result) {
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
		out = stage(ctx, out)
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

// byTurns deals items out to the workers one by one, and collects them in the
// same turns. It starts nothing for an item, and waits for the slowest.
func byTurns(ctx context.Context, in <-chan result) <-chan result {
	var to, from [4]chan result
	for w := range to {
		to[w], from[w] = make(chan result, buffer/4), make(chan result, buffer/4)
		go func() {
			defer close(from[w])
			for r := range to[w] {
				if r.err == nil {
					r.v, r.err = step(ctx, r.v)
				}
				if !send(ctx, from[w], r) {
					return
				}
			}
		}()
	}
	go func() {
		defer func() {
			for _, c := range to {
				close(c)
			}
		}()
		turn := 0
		for r := range in {
			if !send(ctx, to[turn%4], r) {
				return
			}
			turn++
		}
	}()
	out := make(chan result, buffer)
	go func() {
		defer close(out)
		for turn := 0; ; turn++ {
			r, more := <-from[turn%4]
			if !more || !send(ctx, out, r) {
				return
			}
		}
	}()
	return out
}

// orderedStage gives each item a channel for its result, and keeps these in
// order.
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
			case <-ctx.Done():
				return
			}
			select {
			case order <- done:
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

// byConc joins three streams of conc: what one calls back goes into the next.
func byConc(n, workers int) {
	var stages [3]*stream.Stream
	for i := range stages {
		stages[i] = stream.New().WithMaxGoroutines(workers)
	}
	sum := 0
	var pass func(stage, v int)
	pass = func(stage, v int) {
		if stage == len(stages) {
			sum += v
			return
		}
		stages[stage].Go(func() stream.Callback {
			v++
			return func() { pass(stage+1, v) }
		})
	}
	for i := range n {
		pass(0, i)
	}
	for _, s := range stages {
		s.Wait()
	}
	check(n, sum, nil)
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
