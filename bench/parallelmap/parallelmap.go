// Package parallelmap is the scoreboard of the same function for many items: what
// it costs to spread them over the cores, and what that brings.
package parallelmap

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/trivet-go/trivet/bench/internal/board"
	"github.com/trivet-go/trivet/bench/internal/contest"
)

// Board is the scoreboard. With one core its rows stand under the pattern
// parallelmap1.
var Board = board.Board{Name: name, What: what, Contest: true, Make: makeBoard}

const (
	name = "parallelmap"
	what = "what it costs to spread many calls over the cores, and what that brings"
)

const promise = "returns the results in the order of the items"

// Names that targets refer to.
const (
	serial = "serial"
	us     = "trivet Map"
	chunks = "goroutines, a chunk a core"
	concIt = "conc iter.Map"
)

// lengths are how many items there are, by how long the function takes.
type lengths struct{ empty, short, long int }

var (
	usual = lengths{empty: 100_000, short: 20_000, long: 5_000}
	large = lengths{empty: 1_000_000, short: 1_000_000, long: 100_000}
)

func makeBoard(ctx context.Context, o board.Options) error {
	b := contest.Board{Name: name, What: what, Cases: func() []contest.Case { return cases(large) }}
	if !o.Full {
		b.Cases = func() []contest.Case { return cases(usual) }
		b.LeftOut = []string{"more items, which are for -full: a million, and 100000 for 1 µs"}
	}
	o.Sample /= 3 // a run is an operation or a few, and has enough of what varies
	return b.Scoreboard().Make(ctx, o)
}

// cases are those for two cores, then the same for one.
func cases(n lengths) []contest.Case {
	two := []contest.Case{
		mapCase("empty body", n.empty, 0),
		mapCase("body of 75 ns", n.short, turnsIn(75*time.Nanosecond)),
		mapCase("body of 1 µs", n.long, turnsIn(time.Microsecond)),
	}
	two[0].Targets = []contest.Target{
		{Who: us, Of: chunks, Ratio: 1.1},
		{Who: us, Of: serial, Ratio: 1},
	}
	two[1].Targets = []contest.Target{{Who: us, Of: concIt, Ratio: 0.88}}
	var one []contest.Case
	for i := range two {
		c := &two[i]
		c.Op, c.Promise, c.Serial, c.Procs = "an item", promise, serial, 2
		alone := *c
		alone.Name, alone.Pattern, alone.Procs, alone.Targets = c.Name+", one core", name+"1", 1, nil
		one = append(one, alone)
	}
	one[0].Targets = []contest.Target{{Who: us, Of: serial, Ratio: 1}}
	return append(two, one...)
}

// mapCase maps n items with a function of so many turns.
func mapCase(name string, n, turns int) contest.Case {
	items, want := make([]int, n), make([]int, n)
	f := body(turns)
	for i := range items {
		items[i] = i
		want[i] = f(i)
	}
	c := contest.Case{Name: fmt.Sprintf("%s, %dk items", name, n/1000), Unit: n}
	for _, w := range ways {
		c.Subjects = append(c.Subjects, contest.Subject{Who: w.who, Role: w.role, Run: func(ops int) {
			run, end := w.open()
			defer end()
			var got []int
			for range ops / n {
				got = run(items, f)
			}
			check(w.who, got, want)
		}})
	}
	return c
}

// check looks at the last result: those before have gone the same way.
func check(who string, got, want []int) {
	for i := range want {
		if len(got) != len(want) || got[i] != want[i] {
			panic(fmt.Sprintf("%s: result %d of %d is not that of its item", who, i, len(got)))
		}
	}
}

// body returns a function that takes so many turns; one of none adds 1.
func body(turns int) func(int) int {
	if turns == 0 {
		return func(x int) int { return x + 1 }
	}
	return func(x int) int { return int(spin(uint64(x), turns)) }
}

// spin computes something that nothing can leave out or do at once.
//
//go:noinline
func spin(x uint64, turns int) uint64 {
	for range turns {
		x = x*6364136223846793005 + 2
	}
	return x
}

// turnsIn is how many turns make a call take d, in the fastest of some tries. One
// call after the other is measured: short ones overlap in the processor.
func turnsIn(d time.Duration) int {
	turns := 100.0
	for range 4 {
		turns *= float64(d) / callTime(int(turns))
	}
	return max(1, int(turns))
}

// callTime is how many ns a call of spin takes among others when nobody disturbs.
func callTime(turns int) float64 {
	const calls = 2000
	fastest := time.Duration(1 << 62)
	sum := uint64(0)
	for range 20 {
		start := time.Now()
		for i := range uint64(calls) {
			sum += spin(i, turns)
		}
		fastest = min(fastest, time.Since(start))
		runtime.Gosched()
	}
	runtime.KeepAlive(sum)
	return float64(max(fastest, 1)) / calls
}

// inChunks calls do for the items of each of so many chunks.
func inChunks(parts, n int, do func(lo, hi int)) {
	var wg sync.WaitGroup
	for p := range parts {
		wg.Go(func() { do(p*n/parts, (p+1)*n/parts) })
	}
	wg.Wait()
}
