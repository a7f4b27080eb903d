// Package masterworker is the scoreboard of jobs that have results: what one costs
// from the one who submits it, through a worker, and back.
package masterworker

import (
	"context"
	"errors"
	"fmt"

	"github.com/alitto/pond/v2"
	"github.com/panjf2000/ants/v2"

	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/task/masterworker"
)

// Board is the scoreboard.
var Board = contest.Board{
	Name:  "masterworker",
	What:  "what a job costs from the one who submits it through a worker and back",
	Cases: cases,
	LeftOut: []string{
		"asynq: needs a Redis server",
		"river: needs a Postgres server",
	},
}

const (
	workers = 8
	room    = 1024
	unit    = 1 << 13
	tries   = 3
	us      = "trivet masterworker"
	far     = "trivet masterworker, a worker by bytes"
)

func cases() []contest.Case {
	return []contest.Case{
		{
			Name: "jobs, no journal", Op: "a job", Unit: unit,
			Promise: "eight workers; the result of each job comes to the one who submitted it, or its error after three tries; who submits waits while 1024 jobs are inside; all of it ends with a context",
			Subjects: []contest.Subject{
				{Who: us, Role: contest.Ours, Run: func(n int) { byMaster(n, false) }},
				{Who: far, Role: contest.Ours, Run: func(n int) { byMaster(n, true) }},
				{Who: "channel of 1024, a channel a job, select", Role: contest.Rival, Run: byChannel},
				{Who: "pond result pool", Role: contest.Reference, Note: "no tries", Run: byPond},
				{Who: "ants", Role: contest.Reference, Note: "no tries, no results, no context", Run: byAnts},
			},
			Targets: []contest.Target{{Who: us, NS: 5000}},
		},
		journalCase(),
	}
}

func double(_ context.Context, i int) (int, error) { return 2 * i, nil }

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func check(got, want int, err error) {
	if got != want || err != nil {
		panic(fmt.Sprintf("%d instead of %d, %v", got, want, err))
	}
}

// window awaits results behind those who submit: the oldest when it is full.
func window[T any](n int, submit func(i int) T, await func(i int, t T)) {
	open := make([]T, room/2)
	for i := range n + len(open) {
		at := i % len(open)
		if i >= len(open) {
			await(i-len(open), open[at])
		}
		if i < n {
			open[at] = submit(i)
		}
	}
}

func byMaster(n int, bytes bool) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	m, err := masterworker.Open(ctx, masterworker.Rules[int, int]{Room: room, Tries: tries})
	must(err)
	link := masterworker.Link[int, int](m)
	if bytes {
		link = masterworker.Dial(m.Answer, masterworker.Codecs[int, int]{})
	}
	ended := make(chan error)
	go func() { ended <- masterworker.Work(ctx, link, double, masterworker.Worker{Slots: workers}) }()
	window(n, func(i int) masterworker.Ticket[int, int] {
		t, err := m.Submit(ctx, i)
		must(err)
		return t
	}, func(i int, t masterworker.Ticket[int, int]) {
		out, err := t.Await(ctx)
		check(out, 2*i, err)
	})
	report, err := m.Drain(ctx)
	check(int(report.Done), n, err)
	must(<-ended)
}

// byChannel is what one writes by hand.
func byChannel(n int) {
	type result struct {
		out int
		err error
	}
	type job struct {
		in     int
		result chan result
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	jobs := make(chan job, room)
	work := func() {
		for {
			select {
			case j, more := <-jobs:
				if !more {
					return
				}
				var r result
				for range tries {
					if r.out, r.err = double(ctx, j.in); r.err == nil || ctx.Err() != nil {
						break
					}
				}
				j.result <- r
			case <-ctx.Done():
				return
			}
		}
	}
	for range workers {
		go work()
	}
	window(n, func(i int) job {
		j := job{i, make(chan result, 1)}
		select {
		case jobs <- j:
		case <-ctx.Done():
			panic(ctx.Err())
		}
		return j
	}, func(i int, j job) {
		select {
		case r := <-j.result:
			check(r.out, 2*i, r.err)
		case <-ctx.Done():
			panic(ctx.Err())
		}
	})
	close(jobs)
}

func byPond(n int) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p := pond.NewResultPool[int](workers, pond.WithQueueSize(room), pond.WithContext(ctx))
	window(n, func(i int) pond.ResultTask[int] {
		return p.SubmitErr(func() (int, error) { return double(ctx, i) })
	}, func(i int, t pond.ResultTask[int]) {
		out, err := t.Wait()
		check(out, 2*i, err)
	})
	p.StopAndWait()
}

func byAnts(n int) {
	p, err := ants.NewPool(workers)
	must(err)
	defer p.Release()
	done := make(chan error, room)
	window(n, func(i int) error {
		return p.Submit(func() {
			out, err := double(context.Background(), i)
			if out != 2*i {
				err = errors.New("wrong")
			}
			done <- err
		})
	}, func(_ int, err error) {
		must(err)
		must(<-done)
	})
}
