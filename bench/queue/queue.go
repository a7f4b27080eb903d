// Package queue is the scoreboard of bounded queues: what it costs to hand an
// item from one goroutine to another.
package queue

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/trivet-go/trivet/bench/internal/contest"
)

// Board is the scoreboard.
var Board = contest.Board{
	Name:  "queue",
	What:  "what it costs to hand an item to another goroutine",
	Cases: cases,
}

const promise = "blocks while it cannot go on, and returns when its context is done"

// kind is a sort of queue of ints.
type kind struct {
	who  string
	role contest.Role
	note string
	// one producer or one consumer only
	oneProducer, oneConsumer bool
	unbounded                bool

	open func(capacity int) line
}

// line is an open queue. The loops are inside, so that no call through a function
// value is counted with each item.
type line struct {
	put   func(ctx context.Context, from, to int)        // each of from <= v < to, in order
	take  func(ctx context.Context, count int) (sum int) // as many items; fewer if ctx is done
	close func()                                         // nil if there is nothing to do
}

func cases() []contest.Case {
	return []contest.Case{
		single("1P1C, capacity 1024", 1, 1, 1024, contest.Target{Ratio: 0.20, Of: selecting}),
		single("4P4C, capacity 1024", 4, 4, 1024, contest.Target{Ratio: 0.30, Of: selecting}),
		single("four to one, capacity 1024", 4, 1, 1024),
		onOneCore(single("one to one, capacity 1024, one core", 1, 1, 1024)),
		single("one to one, capacity 64", 1, 1, 64),
		single("one to one, capacity 1", 1, 1, 1),
		batches("one to one, 64 at a time", 1, 1),
		batches("four to four, 64 at a time", 4, 4),
		idle(8),
	}
}

// single hands items over one by one.
func single(name string, producers, consumers, capacity int, targets ...contest.Target) contest.Case {
	c := contest.Case{Name: name, Op: "an item", Promise: promise, Unit: producers * consumers}
	for _, k := range kinds() {
		if k.oneProducer && producers > 1 || k.oneConsumer && consumers > 1 || k.unbounded && capacity < 1024 {
			continue
		}
		c.Subjects = append(c.Subjects, k.subject(producers, consumers, capacity))
	}
	c.Targets = forOurs(c.Subjects, targets)
	return c
}

// onOneCore is c where nothing is shared between caches: fill, switch, drain.
func onOneCore(c contest.Case) contest.Case {
	c.Procs = 1
	return c
}

// batches hands items over 64 at a time, through queues with room for 1024.
func batches(name string, producers, consumers int) contest.Case {
	c := contest.Case{Name: name, Op: "an item", Promise: promise, Unit: batch * producers * consumers}
	for _, k := range batchKinds() {
		c.Subjects = append(c.Subjects, k.subject(producers, consumers, 1024))
	}
	c.Targets = forOurs(c.Subjects, []contest.Target{{NS: 3}})
	return c
}

// batch is how many items are handed over at once.
const batch = 64

// forOurs asks the targets of each of our subjects.
func forOurs(subjects []contest.Subject, targets []contest.Target) []contest.Target {
	var all []contest.Target
	for _, s := range subjects {
		for _, t := range targets {
			if s.Role == contest.Ours {
				t.Who = s.Who
				all = append(all, t)
			}
		}
	}
	return all
}

func (k kind) subject(producers, consumers, capacity int) contest.Subject {
	return contest.Subject{Who: k.who, Role: k.role, Note: k.note, Run: func(n int) {
		k.move(n, producers, consumers, capacity)
	}}
}

// move hands the numbers below n from producers to consumers and checks that all
// arrived. The context can be cancelled, as that of a program can.
func (k kind) move(n, producers, consumers, capacity int) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	q := k.open(capacity)
	if q.close != nil {
		defer q.close()
	}
	sums := make([]int, consumers)
	var wg sync.WaitGroup
	for c := range consumers {
		wg.Go(func() { sums[c] = q.take(ctx, n/consumers) })
	}
	for p := range producers {
		wg.Go(func() { q.put(ctx, n/producers*p, n/producers*(p+1)) })
	}
	wg.Wait()
	sum := 0
	for _, s := range sums {
		sum += s
	}
	if want := n * (n - 1) / 2; sum != want {
		panic(fmt.Sprintf("%s: items add up to %d, want %d", k.who, sum, want))
	}
}

// idle watches what consumers cost that have nothing to take.
func idle(consumers int) contest.Case {
	c := contest.Case{
		Name: fmt.Sprintf("idle, %d blocked consumers", consumers), Op: "of running, on all cores, in a ms of waiting",
		Promise: promise, CPU: true, Unit: 50,
	}
	for _, k := range kinds() {
		if k.role == contest.Reference && k.note != spins || k.oneConsumer {
			continue // without a context there is no end to the wait
		}
		c.Subjects = append(c.Subjects, contest.Subject{Who: k.who, Role: k.role, Note: k.note, Run: func(n int) {
			k.wait(consumers, time.Duration(n)*time.Millisecond)
		}})
	}
	return c
}

// wait lets consumers wait for items that never come.
func (k kind) wait(consumers int, d time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	q := k.open(1024)
	if q.close != nil {
		defer q.close()
	}
	var wg sync.WaitGroup
	for range consumers {
		wg.Go(func() { q.take(ctx, 1) })
	}
	wg.Wait()
}
