// Package consume is the scoreboard of workers on a queue: what an item costs
// from the one who puts it to the one who is done with it.
package consume

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alitto/pond/v2"
	"github.com/bytedance/gopkg/util/gopool"
	"github.com/panjf2000/ants/v2"

	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/flow/consume"
	"github.com/trivet-go/trivet/state/bounded"
)

// Board is the scoreboard.
var Board = contest.Board{
	Name:  "consume",
	What:  "what an item costs from a queue through a worker",
	Cases: cases,
}

const (
	workers  = 8
	capacity = 1024
	unit     = 1 << 14
	each     = "trivet consume.Each"
	inOne    = "trivet consume.Each, put in batches"
	tries    = "trivet consume.Each, 3 tries, dead letters"
	promise  = "eight workers call a function that may fail for each item that comes; who puts waits while too much is under way; all of it ends with a context"
)

func cases() []contest.Case {
	return []contest.Case{
		{
			Name: "consume, empty function", Op: "an item", Unit: unit, Promise: promise, Subjects: subjects(func() error { return nil }),
			Targets: []contest.Target{{Who: each, NS: 80}, {Who: inOne, NS: 80}},
		},
		{Name: "consume, 1 µs", Op: "an item", Unit: unit, Promise: promise, Subjects: subjects(spin())},
	}
}

// spin makes a function that takes about a microsecond of one core.
func spin() func() error {
	loop := func(n int) (x uint64) {
		for i := range n {
			x = x*6364136223846793005 + uint64(i)
		}
		return x
	}
	n := 1000
	var sink atomic.Uint64
	begin := time.Now()
	for range 1000 {
		sink.Store(loop(n))
	}
	n = max(1, int(float64(n)*float64(time.Millisecond)/float64(time.Since(begin))))
	return func() error {
		if loop(n) == 1 {
			sink.Add(1)
		}
		return nil
	}
}

func subjects(work func() error) []contest.Subject {
	with := func(who string, rules consume.Rules[int], batch int) contest.Subject {
		return contest.Subject{Who: who, Role: contest.Ours, Run: func(n int) { byEach(n, batch, rules, work) }}
	}
	return []contest.Subject{
		with(each, consume.Rules[int]{Workers: workers}, 1),
		with(inOne, consume.Rules[int]{Workers: workers}, 64),
		with(tries, consume.Rules[int]{Workers: workers, Tries: 3, DeadLetters: func(context.Context, consume.Letter[int]) error { return nil }}, 64),
		{Who: "channel of 1024, select, WaitGroup", Role: contest.Rival, Run: func(n int) { byChannel(n, work) }},
		{Who: "pond group", Role: contest.Rival, Run: func(n int) { byPond(n, work) }},
		{Who: "pond Go", Role: contest.Reference, Note: "no errors, no context", Run: func(n int) { byPondGo(n, work) }},
		{Who: "ants", Role: contest.Reference, Note: "no errors, no context", Run: func(n int) { byAnts(n, work) }},
		{Who: "gopool", Role: contest.Reference, Note: "no errors, no context, nobody waits", Run: func(n int) { byGopool(n, work) }},
		{Who: "serial", Role: contest.Reference, Note: "a loop", Run: func(n int) {
			for range n {
				must(work())
			}
		}},
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func check(done, n int64, err error) {
	if done != n || err != nil {
		panic(fmt.Sprintf("%d of %d items, %v", done, n, err))
	}
}

func byEach(n, batch int, rules consume.Rules[int], work func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	q := bounded.New(capacity, bounded.Rules[int]{})
	go func() {
		defer q.Close()
		if batch == 1 {
			for i := range n {
				if q.Put(ctx, i) != nil {
					return
				}
			}
			return
		}
		items := make([]int, batch)
		for range n / batch {
			if _, err := q.PutAll(ctx, items); err != nil {
				return
			}
		}
	}()
	report, err := consume.Each(ctx, q, func(context.Context, int) error { return work() }, rules)
	check(report.Finished, int64(n), err)
}

// byChannel books what ours does: how many items are finished, and each that
// failed with its error.
func byChannel(n int, work func() error) {
	type failure struct {
		item int
		err  error
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c := make(chan int, capacity)
	var mu sync.Mutex
	var finished int64
	var failed []failure
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			good := int64(0)
			defer func() {
				mu.Lock()
				defer mu.Unlock()
				finished += good
			}()
			for {
				select {
				case i, more := <-c:
					if !more {
						return
					}
					if err := work(); err != nil {
						mu.Lock()
						failed = append(failed, failure{i, err})
						mu.Unlock()
						continue
					}
					good++
				case <-ctx.Done():
					return
				}
			}
		})
	}
	for i := range n {
		select {
		case c <- i:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(c)
	wg.Wait()
	for _, f := range failed {
		panic(fmt.Sprintf("item %d: %v", f.item, f.err))
	}
	check(finished, int64(n), context.Cause(ctx))
}

func byPond(n int, work func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p := pond.NewPool(workers, pond.WithQueueSize(capacity))
	g := p.NewGroupContext(ctx)
	for range n {
		g.SubmitErr(work)
	}
	err := g.Wait()
	p.StopAndWait()
	check(int64(p.SuccessfulTasks()), int64(n), err)
}

func byPondGo(n int, work func() error) {
	p := pond.NewPool(workers, pond.WithQueueSize(capacity))
	for range n {
		must(p.Go(func() { must(work()) }))
	}
	p.StopAndWait()
	check(int64(p.SuccessfulTasks()), int64(n), nil)
}

func byAnts(n int, work func() error) {
	p, err := ants.NewPool(workers)
	must(err)
	defer p.Release()
	var wg sync.WaitGroup
	wg.Add(n)
	for range n {
		must(p.Submit(func() {
			defer wg.Done()
			must(work())
		}))
	}
	wg.Wait()
}

func byGopool(n int, work func() error) {
	p := gopool.NewPool("bench", workers, gopool.NewConfig())
	var wg sync.WaitGroup
	wg.Add(n)
	for range n {
		p.Go(func() {
			defer wg.Done()
			must(work())
		})
	}
	wg.Wait()
}
