// Package forkjoin is the scoreboard of computations that split: what a fork
// costs, and what it brings.
package forkjoin

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet/bench/internal/board"
	"github.com/trivet-go/trivet/bench/internal/contest"
)

// Board is the scoreboard. With one core its rows stand under the pattern
// forkjoin1: what forks cost shows there, where they bring nothing.
var Board = board.Board{Name: name, What: what, Contest: true, Make: makeBoard}

const (
	name = "forkjoin"
	what = "what it costs to split a computation, and what it brings"
)

const promise = "has the same result, and lets any part run on another core"

// Names that targets refer to.
const (
	serial  = "serial"
	recurse = "trivet Recurse"
	room    = "trivet Recurse, Room"
	do      = "trivet Do"
	reduce  = "trivet Reduce"
	tuned   = "goroutines, cut-off"
	halves  = "goroutines, halves"
)

// sizes are those of the inputs.
type sizes struct {
	fib    []int  // without a cut-off
	cutoff int    // f of this, with a cut-off
	sort   int    // items
	queens int    // on a board as wide
	roots  int    // children of the root of the uneven tree
	seed   uint64 // of that tree
	reduce int    // numbers
}

var (
	usual = sizes{fib: []int{23}, cutoff: 32, sort: 200_000, queens: 12, roots: 2000, seed: 19, reduce: 5_000_000}
	large = sizes{fib: []int{30, 36}, cutoff: 38, sort: 10_000_000, queens: 14, roots: 2000, seed: 44, reduce: 100_000_000}
)

func makeBoard(ctx context.Context, o board.Options) error {
	b := contest.Board{Name: name, What: what, Cases: func() []contest.Case { return cases(large) }}
	if !o.Full {
		b.Cases = func() []contest.Case { return cases(usual) }
		b.LeftOut = []string{"large inputs, which are for -full: fib(36), f(38), 10M items, 14 queens, 3.4M nodes, 100M numbers"}
	}
	o.Sample /= 3 // whole programs: a run of some ms has enough of what varies
	return b.Scoreboard().Make(ctx, o)
}

// cases are those for two cores, then the same for one.
func cases(size sizes) []contest.Case {
	var two []contest.Case
	for _, n := range size.fib {
		two = append(two, fibCase(n))
	}
	two = append(two, cutoffCase(size.cutoff), mergesortCase(size.sort), queensCase(size.queens),
		treeCase(size.roots, size.seed), reduceCase(size.reduce), idleCase(size.cutoff))
	var one []contest.Case
	for i := range two {
		c := &two[i]
		c.Promise, c.Serial, c.Procs = promise, serial, 2
		alone := *c
		alone.Name, alone.Pattern, alone.Procs = c.Name+", one core", name+"1", 1
		alone.Targets = nil
		if i < len(size.fib) {
			alone.Targets = forkTargets
		}
		one = append(one, alone)
	}
	return append(two, one...)
}

// forkTargets say what a fork may cost where nobody can take it.
var forkTargets = []contest.Target{
	{Who: recurse, Of: serial, Over: 2},
	{Who: recurse, Of: serial, Ratio: 1.8},
	{Who: room, Of: serial, Ratio: 1.25},
	{Who: do, Of: serial, Over: 20},
}

// faster asks for a speed-up of what one core does alone.
func faster(who string, times float64) contest.Target {
	return contest.Target{Who: who, Of: serial, Ratio: 1 / times}
}

// noSlower asks for the speed of another way.
func noSlower(who, of string, ratio float64) contest.Target {
	return contest.Target{Who: who, Of: of, Ratio: ratio}
}

// subject runs run for each unit of operations, and panics if it gives anything but
// want.
func subject[T comparable](who string, role contest.Role, unit int, want T, run func() T) contest.Subject {
	return contest.Subject{Who: who, Role: role, Run: func(n int) {
		for range n / unit {
			check(who, run(), want)
		}
	}}
}

func check[T comparable](who string, got, want T) {
	if got != want {
		panic(fmt.Sprintf("%s: result %v, want %v", who, got, want))
	}
}

// must panics: nothing fails here.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
