package forkjoin

import (
	"context"
	"fmt"
	"math"
	"sync"

	"github.com/alitto/pond/v2"
	"github.com/panjf2000/ants/v2"
	"github.com/sourcegraph/conc"
	"golang.org/x/sync/errgroup"

	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/task/forkjoin"
)

// manyForks is from how many forks on the rivals, which start something for each,
// are left out: a run would take half a minute.
const manyForks = 4_000_000

// fibCase is all overhead: a fork for each addition, and no cut-off.
func fibCase(n int) contest.Case {
	forks, want := fibSerial(n+1)-1, fibSerial(n)
	of := func(who string, role contest.Role, run func() int) contest.Subject {
		return subject(who, role, forks, want, run)
	}
	c := contest.Case{
		Name: fmt.Sprintf("fib(%d)", n),
		Op:   "a fork",
		Unit: forks,
		Subjects: []contest.Subject{
			of(serial, contest.Reference, func() int { return fibSerial(n) }),
			of(recurse, contest.Ours, recursive(fib, n)),
			of("trivet Recurse, Both", contest.Ours, recursive(fibBoth, n)),
			of(room, contest.Ours, recursive(fibRoom, n)),
			of(do, contest.Ours, func() int {
				return must(forkjoin.Run(context.Background(), func(c *forkjoin.Ctx) int { return fibDo(c, n) }))
			}),
		},
	}
	if forks > manyForks {
		return c
	}
	c.Subjects = append(c.Subjects,
		of("goroutines", contest.Rival, func() int { return fibGo(n) }),
		of("errgroup", contest.Rival, func() int { return fibErrgroup(n) }),
		of("conc", contest.Rival, func() int { return fibConc(n) }),
		of("ants", contest.Rival, func() int {
			p := must(ants.NewPool(math.MaxInt32)) // with a limit, recursion deadlocks
			defer p.Release()
			return fibAnts(p, n)
		}),
		of("pond", contest.Rival, func() int {
			p := pond.NewPool(0) // with a limit, recursion deadlocks
			defer p.StopAndWait()
			return fibPond(p, n)
		}))
	return c
}

// recursive runs body as a computation of its own.
func recursive[A, R any](body func(*forkjoin.Branch[A, R], A) R, arg A) func() R {
	return func() R { return must(forkjoin.Recurse(context.Background(), body, arg)) }
}

func fibSerial(n int) int {
	if n < 2 {
		return n
	}
	return fibSerial(n-1) + fibSerial(n-2)
}

func fib(c *forkjoin.Branch[int, int], n int) int {
	if n < 2 {
		return n
	}
	f := c.Fork(n - 1)
	y := fib(c, n-2)
	if c.TakeBack(f) {
		return y + fib(c, n-1)
	}
	return y + c.Join(f)
}

func fibBoth(c *forkjoin.Branch[int, int], n int) int {
	if n < 2 {
		return n
	}
	x, y := c.Both(n-1, n-2)
	return x + y
}

// fibRoom forks as long as somebody may come for it.
func fibRoom(c *forkjoin.Branch[int, int], n int) int {
	if n < 2 {
		return n
	}
	if !c.Room() {
		return fibAlone(c, n)
	}
	x, y := c.Both(n-1, n-2)
	return x + y
}

// fibAlone is the serial program, and goes back when somebody asks for work.
func fibAlone(c *forkjoin.Branch[int, int], n int) int {
	if n < 2 {
		return n
	}
	if c.Wanted() {
		return fibRoom(c, n)
	}
	return fibAlone(c, n-1) + fibAlone(c, n-2)
}

func fibDo(c *forkjoin.Ctx, n int) int {
	if n < 2 {
		return n
	}
	x, y := forkjoin.Do(c,
		func(c *forkjoin.Ctx) int { return fibDo(c, n-1) },
		func(c *forkjoin.Ctx) int { return fibDo(c, n-2) })
	return x + y
}

// The rivals run one part as a task of theirs and the other one themselves.

func fibGo(n int) int {
	if n < 2 {
		return n
	}
	var x int
	var wg sync.WaitGroup
	wg.Go(func() { x = fibGo(n - 1) })
	y := fibGo(n - 2)
	wg.Wait()
	return x + y
}

func fibErrgroup(n int) int {
	if n < 2 {
		return n
	}
	var x int
	var g errgroup.Group
	g.Go(func() error { x = fibErrgroup(n - 1); return nil })
	y := fibErrgroup(n - 2)
	must(0, g.Wait())
	return x + y
}

func fibConc(n int) int {
	if n < 2 {
		return n
	}
	var x int
	var wg conc.WaitGroup
	wg.Go(func() { x = fibConc(n - 1) })
	y := fibConc(n - 2)
	wg.Wait()
	return x + y
}

func fibAnts(p *ants.Pool, n int) int {
	if n < 2 {
		return n
	}
	var x int
	var wg sync.WaitGroup
	wg.Add(1)
	must(0, p.Submit(func() { defer wg.Done(); x = fibAnts(p, n-1) }))
	y := fibAnts(p, n-2)
	wg.Wait()
	return x + y
}

func fibPond(p pond.Pool, n int) int {
	if n < 2 {
		return n
	}
	var x int
	task := p.Submit(func() { x = fibPond(p, n-1) })
	y := fibPond(p, n-2)
	must(0, task.Wait())
	return x + y
}
