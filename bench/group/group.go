// Package group is the scoreboard of tasks that share a fate: what it costs to
// start one and to know that it has ended.
package group

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/trivet-go/trivet/bench/internal/contest"
)

// Board is the scoreboard.
var Board = contest.Board{
	Name:  "group",
	What:  "what it costs to start a task and to know that it has ended",
	Cases: cases,
}

const promise = "waits for all tasks, gives the first error, and ends the context of the other tasks by it"

// batch is how many tasks a group has.
const batch = 1000

// limit is how many of them may run at once, where there is a limit.
const limit = 8

// task is what groups run: nothing, or about a microsecond of work.
type task func(context.Context) error

// way is a way to run a group of tasks.
type way struct {
	who  string
	role contest.Role
	note string

	// open makes what outlives a single group; close ends it, nil if there is
	// nothing to do. run runs a group of n tasks.
	open func(limit int) (run func(n int, do task), close func())
}

func cases() []contest.Case {
	work, ran := microsecond()
	all := []contest.Case{
		{Name: "empty tasks, limit 8", Subjects: subjects(limited(), limit, empty, nil)},
		{Name: "empty tasks, no limit", Subjects: subjects(unlimited(), 0, empty, nil)},
		{Name: "tasks of 1 µs, limit 8", Subjects: subjects(limited(), limit, work, ran)},
		{Name: "tasks of 1 µs, no limit", Subjects: subjects(unlimited(), 0, work, ran)},
	}
	for i := range all {
		all[i].Op, all[i].Promise, all[i].Unit = "a task, in groups of 1000", promise, batch
	}
	addTargets(all)
	return all
}

// subjects makes them of ways. If ran is not nil it counts the tasks that ran.
func subjects(ways []way, limit int, do task, ran *atomic.Int64) []contest.Subject {
	var all []contest.Subject
	for _, w := range ways {
		all = append(all, contest.Subject{Who: w.who, Role: w.role, Note: w.note, Run: func(n int) {
			run, end := w.open(limit)
			if end != nil {
				defer end()
			}
			before := counted(ran)
			for range n / batch {
				run(batch, do)
			}
			if got := counted(ran) - before; ran != nil && got != int64(n) {
				panic(fmt.Sprintf("%s: %d tasks ran, want %d", w.who, got, n))
			}
		}})
	}
	return all
}

func counted(ran *atomic.Int64) int64 {
	if ran == nil {
		return 0
	}
	return ran.Load()
}

func empty(context.Context) error { return nil }

// microsecond returns a task that computes for about as long, and the count of
// those that ran.
func microsecond() (task, *atomic.Int64) {
	var ran atomic.Int64
	turns := turnsIn(time.Microsecond)
	return func(context.Context) error {
		if spin(turns) == 0 {
			panic("an odd number and an even one add up to 0")
		}
		ran.Add(1)
		return nil
	}, &ran
}

// spin computes something that nothing can leave out or do at once.
//
//go:noinline
func spin(turns int) uint64 {
	x := uint64(1)
	for range turns {
		x = x*6364136223846793005 + 2
	}
	return x
}

// turnsIn is how many turns of spin take d when nobody disturbs: in the fastest of
// some tries.
func turnsIn(d time.Duration) int {
	const turns = 100_000
	fastest := time.Duration(1 << 62)
	for range 20 {
		start := time.Now()
		if spin(turns) == 0 {
			panic("an odd number and an even one add up to 0")
		}
		fastest = min(fastest, time.Since(start))
		runtime.Gosched()
	}
	return max(1, int(turns*d/max(fastest, 1)))
}

// waiting gives a task that tells wg of its end.
func waiting(wg *sync.WaitGroup, do task) func() {
	return func() {
		defer wg.Done()
		_ = do(context.Background()) // these pools have no errors
	}
}

// must panics: no task of these groups fails.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
