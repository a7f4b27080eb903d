package forkjoin

import (
	"math"
	"sync"

	"github.com/alitto/pond/v2"
	"github.com/panjf2000/ants/v2"
	"github.com/sourcegraph/conc"
	"golang.org/x/sync/errgroup"

	"github.com/trivet-go/trivet/bench/internal/contest"
)

// each calls do for 0 to n-1, the last by itself and the others as tasks, and waits
// for all.
type each func(n int, do func(i int))

// A gang is a rival's way to run several parts.
type gang struct {
	who  string
	open func() (run each, end func())
}

// gangs are all of them, used with a cut-off that is right for goroutines: without
// one they are as far behind as where there is none.
var gangs = []gang{
	{"goroutines", func() (each, func()) { return eachGo, func() {} }},
	{"errgroup", func() (each, func()) { return eachErrgroup, func() {} }},
	{"conc", func() (each, func()) { return eachConc, func() {} }},
	{"ants", openAnts},
	{"pond", openPond},
}

// rivals are the gangs as subjects; run uses one to compute what is wanted. Their
// names end with how.
func rivals[T comparable](how string, unit int, want T, run func(each) T) []contest.Subject {
	var all []contest.Subject
	for _, g := range gangs {
		all = append(all, subject(g.who+how, contest.Rival, unit, want, func() T {
			all, end := g.open()
			defer end()
			return run(all)
		}))
	}
	return all
}

func eachGo(n int, do func(int)) {
	var wg sync.WaitGroup
	for i := range n - 1 {
		wg.Go(func() { do(i) })
	}
	do(n - 1)
	wg.Wait()
}

func eachErrgroup(n int, do func(int)) {
	var g errgroup.Group
	for i := range n - 1 {
		g.Go(func() error { do(i); return nil })
	}
	do(n - 1)
	must(0, g.Wait())
}

func eachConc(n int, do func(int)) {
	var wg conc.WaitGroup
	for i := range n - 1 {
		wg.Go(func() { do(i) })
	}
	do(n - 1)
	wg.Wait()
}

func openAnts() (each, func()) {
	p := must(ants.NewPool(math.MaxInt32)) // with a limit, recursion deadlocks
	return func(n int, do func(int)) {
		var wg sync.WaitGroup
		wg.Add(n - 1)
		for i := range n - 1 {
			must(0, p.Submit(func() { defer wg.Done(); do(i) }))
		}
		do(n - 1)
		wg.Wait()
	}, p.Release
}

func openPond() (each, func()) {
	p := pond.NewPool(0) // with a limit, recursion deadlocks
	return func(n int, do func(int)) {
		g := p.NewGroup()
		for i := range n - 1 {
			g.Submit(func() { do(i) })
		}
		do(n - 1)
		must(0, g.Wait())
	}, p.StopAndWait
}

// few calls do as each does, but starts goroutines only while few of them run: a
// cut-off that fits any shape.
type few chan struct{}

func (f few) each(n int, do func(int)) {
	var wg sync.WaitGroup
	for i := range n - 1 {
		select {
		case f <- struct{}{}:
			wg.Go(func() {
				defer func() { <-f }()
				do(i)
			})
		default:
			do(i)
		}
	}
	do(n - 1)
	wg.Wait()
}
