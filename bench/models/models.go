// Package models is the scoreboard of the ways to hold a table that several tasks
// change: behind a lock, behind a queue with one owner, as an actor. It puts numbers
// to "pointers are fast, copying costs", and trivet choose tells them.
package models

import (
	"context"
	"fmt"
	"time"

	"github.com/trivet-go/trivet/bench/internal/board"
	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/why/choose"
)

// Board is the scoreboard: a contest of what a change costs, then how long tasks
// wait for one. All subjects of a case do the same job. None of ours is a rival of
// the others.
var Board = board.Board{Name: costs.Name, What: costs.What, Contest: true, Make: makeBoard}

var costs = contest.Board{
	Name:  "models",
	What:  "one table that several tasks change: lock, queue, actor",
	Cases: func() []contest.Case { return casesOf(Loads()) },
}

func makeBoard(ctx context.Context, o board.Options) error {
	times := costs
	if o.Full {
		times.Cases = func() []contest.Case { return casesOf(append(Loads(), moreLoads()...)) }
	}
	if err := times.Scoreboard().Make(ctx, o); err != nil {
		return err
	}
	return makeWaits(ctx, o)
}

const (
	kib = 1 << 10
	own = 5 * time.Microsecond
)

// Loads are what the costs are measured of. From one to the next of a group only
// one thing changes.
func Loads() (all []choose.Load) {
	for _, bytes := range []int{8, 64, kib, 16 * kib, 64 * kib} {
		all = append(all, copied(bytes, 1), copied(bytes, 8))
	}
	for _, bytes := range []int{8, kib} {
		all = append(all, copied(bytes, 2), copied(bytes, 64))
	}
	for _, tasks := range []int{1, 8, 64} {
		all = append(all, choose.Load{Bytes: 64 * kib, By: choose.Pointer, Tasks: tasks})
	}
	for _, bytes := range []int{64, kib, 16 * kib, 64 * kib} {
		all = append(all, choose.Load{Bytes: bytes, By: choose.New, Tasks: 8})
	}
	for _, work := range []time.Duration{time.Microsecond, 10 * time.Microsecond, 100 * time.Microsecond} {
		all = append(all, choose.Load{Bytes: 8, Tasks: 8, Work: work})
	}
	all = append(all, choose.Load{Bytes: 8, Tasks: 8, Wait: time.Millisecond})
	for _, tasks := range []int{1, 8, 64} {
		all = append(all, choose.Load{Bytes: 8, Tasks: tasks, Own: own})
	}
	for _, reads := range []int{90, 99, 100} {
		all = append(all,
			choose.Load{Bytes: 8, Tasks: 8, Reads: reads},
			choose.Load{Bytes: kib, Tasks: 8, Reads: reads},
			choose.Load{Bytes: 64 * kib, By: choose.Pointer, Tasks: 8, Reads: reads})
	}
	return append(all,
		choose.Load{Bytes: 8, Tasks: 8, Of: choose.Keys},
		choose.Load{Bytes: 8, Tasks: 8, Of: choose.Keys, Work: 10 * time.Microsecond},
		choose.Load{Bytes: 8, Tasks: 8, Of: choose.Keys, Work: 100 * time.Microsecond},
		choose.Load{Bytes: 8, Tasks: 8, Of: choose.Keys, Wait: time.Millisecond},
		choose.Load{Bytes: 8, Tasks: 8, Of: choose.Two})
}

func copied(bytes, tasks int) choose.Load { return choose.Load{Bytes: bytes, Tasks: tasks} }

// moreLoads are those of -full: what lies between.
func moreLoads() (all []choose.Load) {
	for _, bytes := range []int{64, 16 * kib, 64 * kib} {
		all = append(all, copied(bytes, 2), copied(bytes, 64))
	}
	for _, bytes := range []int{64, kib, 16 * kib, 64 * kib} {
		all = append(all, choose.Load{Bytes: bytes, By: choose.New, Tasks: 1})
	}
	for _, tasks := range []int{1, 64} {
		for _, reads := range []int{50, 90, 99} {
			all = append(all, choose.Load{Bytes: 8, Tasks: tasks, Reads: reads})
		}
	}
	for _, bytes := range []int{8, kib} {
		all = append(all, choose.Load{Bytes: bytes, Tasks: 8, Reads: 50})
	}
	return append(all,
		choose.Load{Bytes: kib, Tasks: 8, Own: own},
		choose.Load{Bytes: 64 * kib, Tasks: 8, Own: own},
		choose.Load{Bytes: kib, Tasks: 8, Of: choose.Keys},
		choose.Load{Bytes: 8, Tasks: 64, Of: choose.Keys},
		choose.Load{Bytes: 8, Tasks: 64, Of: choose.Keys, Wait: time.Millisecond})
}

func casesOf(loads []choose.Load) []contest.Case {
	cases := make([]contest.Case, len(loads))
	for i, l := range loads {
		cases[i] = caseOf(l)
	}
	return cases
}

func caseOf(l choose.Load) contest.Case {
	c := contest.Case{
		Name: l.String(), Op: "a change", Unit: most, // of all tasks together
		Promise: "changes a table of 64 rows; every change is in it at the end, and none is half",
	}
	switch l.Bytes {
	case 8:
		contend[[1]uint64](&c, l)
	case 64:
		contend[[8]uint64](&c, l)
	case kib:
		contend[[128]uint64](&c, l)
	case 16 * kib:
		contend[[2048]uint64](&c, l)
	case 64 * kib:
		contend[[8188]uint64](&c, l)
	default:
		panic(fmt.Sprintf("no payload of %d bytes", l.Bytes))
	}
	switch {
	case l.Reads > 0:
		c.Op = "a use"
	case l.Own > 0:
		c.Serial, c.SerialIs = ownAlone, "of the own work"
	}
	return c
}

// most is how many tasks there are at most: n is a multiple of it.
const most = keys

// contend gives the case its subjects.
func contend[P payload](c *contest.Case, l choose.Load) {
	switch l.By {
	case choose.Pointer:
		contendWith(c, l, handed[P])
	case choose.New:
		contendWith(c, l, fresh[P])
	default:
		contendWith(c, l, kept[P])
	}
}

// contendWith makes the job when the case begins, so that the first subject does
// not have to, and that no other case has its megabytes beside it.
func contendWith[V any](c *contest.Case, l choose.Load, freight func() freight[V]) {
	var j job[V]
	var all []contender[V]
	c.Beside = func() (end func()) {
		j = newJob(l, freight())
		all = contenders(j)
		return func() { j, all = job[V]{}, nil }
	}
	for i, m := range contenders(job[V]{Load: l}) { // their names
		c.Subjects = append(c.Subjects, contest.Subject{Who: m.who, Role: m.role, Note: m.note, Run: func(n int) { j.run(n, all[i].begin()) }})
	}
	if l.Own > 0 {
		c.Subjects = append(c.Subjects, contest.Subject{Who: ownAlone, Role: contest.Reference, Note: "no change at all", Run: func(n int) { j.ownWork(n) }})
	}
}

const ownAlone = "the own work alone"
