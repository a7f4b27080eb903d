// Package models is the scoreboard of the three ways to hold a value that several
// goroutines change: behind a lock, behind a queue, as an actor. It puts numbers to
// "pointers are fast, copying costs".
package models

import (
	"context"
	"fmt"
	"sync"

	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/flow/actors"
	"github.com/trivet-go/trivet/state/bounded"
	"github.com/trivet-go/trivet/state/guarded"
)

// Board is the scoreboard. All subjects of a case do the same job; none is a rival
// of the others, so the lock, which is the oldest, stands for one.
var Board = contest.Board{
	Name:  "models",
	What:  "one table that several goroutines update: lock, queue, actor",
	Cases: cases,
}

const rows = 64

// small and large are what an update carries.
type (
	small [1]uint64
	large [128]uint64 // 1 KiB
)

type payload interface{ small | large }

func cases() (all []contest.Case) {
	for _, goroutines := range []int{1, 8} {
		all = append(all, caseOf[small](goroutines, "8 B"), caseOf[large](goroutines, "1 KiB"))
	}
	return all
}

func caseOf[P payload](goroutines int, size string) contest.Case {
	return contest.Case{
		Name: fmt.Sprintf("%s an update, of %d goroutines", size, goroutines), Op: "an update", Unit: 8 * rows,
		Promise: "updates of a shared table; all are in it when the last goroutine has its answer",
		Subjects: []contest.Subject{
			{Who: "sync.Mutex", Role: contest.Rival, Run: func(n int) { byMutex[P](goroutines, n) }},
			{Who: "trivet guarded.Value", Role: contest.Ours, Run: func(n int) { byLock[P](goroutines, n) }},
			{Who: "trivet bounded.Queue and its owner", Role: contest.Ours, Run: func(n int) { byQueue[P](goroutines, n) }},
			{Who: "trivet actor, Tell", Role: contest.Ours, Run: func(n int) { byActor(goroutines, n, tables[P]()) }},
			{Who: "trivet actor, Tell of a pointer", Role: contest.Ours, Run: func(n int) { byActor(goroutines, n, pointerTables[P]()) }},
		},
	}
}

// update changes one row.
type update[P payload] struct {
	row  int
	with P
}

type table[P payload] struct {
	rows  [rows]P
	count int
}

func (t *table[P]) apply(u *update[P]) {
	t.rows[u.row] = u.with
	t.count++
}

// together lets goroutines make n updates, and checks that they have arrived.
func together(goroutines, n int, put func(row int), count func() int) {
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for i := range n / goroutines {
				put(i % rows)
			}
		})
	}
	wg.Wait()
	if got := count(); got != n {
		panic(fmt.Sprintf("%d updates of %d", got, n))
	}
}

func byMutex[P payload](goroutines, n int) {
	var mu sync.Mutex
	var t table[P]
	together(goroutines, n, func(row int) {
		var u update[P]
		u.row = row
		mu.Lock()
		t.apply(&u)
		mu.Unlock()
	}, func() int { return t.count })
}

func byLock[P payload](goroutines, n int) {
	v := guarded.Of(table[P]{})
	together(goroutines, n, func(row int) {
		var u update[P]
		u.row = row
		v.Do(func(t *table[P]) { t.apply(&u) })
	}, func() (count int) {
		v.Do(func(t *table[P]) { count = t.count })
		return count
	})
}

var background = context.Background()

func byQueue[P payload](goroutines, n int) {
	q := bounded.New[update[P]](1000, bounded.Rules[update[P]]{})
	count := make(chan int)
	go func() {
		var t table[P]
		for u := range q.All(background) {
			t.apply(&u)
		}
		count <- t.count
	}()
	together(goroutines, n, func(row int) {
		var u update[P]
		u.row = row
		if err := q.Put(background, u); err != nil {
			panic(err)
		}
	}, func() int {
		q.Close()
		return <-count
	})
}

type rowsOf[Q any] interface {
	Set(*actors.Context, Q) error
	Count(*actors.Context, actors.None) (int, error)
}

// kindOf is a kind with its messages, and what a message is made of.
type kindOf[Q any] struct {
	kind  *actors.Kind[rowsOf[Q]]
	set   *actors.Act[rowsOf[Q], Q]
	count *actors.Op[rowsOf[Q], actors.None, int]
	make  func(row int) Q
}

func newKind[Q any](state func() rowsOf[Q], message func(row int) Q) kindOf[Q] {
	k := actors.NewKind("table", state, actors.Traits{})
	return kindOf[Q]{k, actors.Action(k, "set", rowsOf[Q].Set), actors.Method(k, "count", rowsOf[Q].Count), message}
}

// byValue and byPointer are the table as an actor.
type (
	byValue[P payload]   struct{ table[P] }
	byPointer[P payload] struct{ table[P] }
)

func (t *byValue[P]) Set(_ *actors.Context, u update[P]) error {
	t.apply(&u)
	return nil
}

func (t *byPointer[P]) Set(_ *actors.Context, u *update[P]) error {
	t.apply(u)
	return nil
}

func (t *table[P]) Count(*actors.Context, actors.None) (int, error) { return t.count, nil }

func tables[P payload]() kindOf[update[P]] {
	return newKind(func() rowsOf[update[P]] { return new(byValue[P]) }, func(row int) update[P] { return update[P]{row: row} })
}

func pointerTables[P payload]() kindOf[*update[P]] {
	return newKind(func() rowsOf[*update[P]] { return new(byPointer[P]) }, func(row int) *update[P] { return &update[P]{row: row} })
}

func byActor[Q any](goroutines, n int, k kindOf[Q]) {
	sys := actors.New(background, actors.Rules{})
	ref, err := k.kind.Spawn(sys, "")
	if err != nil {
		panic(err)
	}
	together(goroutines, n, func(row int) {
		if err := k.set.Tell(background, ref, k.make(row)); err != nil {
			panic(err)
		}
	}, func() int {
		count, err := k.count.Call(background, ref, actors.None{})
		if err != nil {
			panic(err)
		}
		return count
	})
	if err := sys.Close(); err != nil {
		panic(err)
	}
}
