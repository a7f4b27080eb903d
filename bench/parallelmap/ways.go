package parallelmap

import (
	"context"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/alitto/pond/v2"
	"github.com/panjf2000/ants/v2"
	"github.com/samber/lo/parallel"
	"github.com/sourcegraph/conc/iter"
	"golang.org/x/sync/errgroup"

	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/task/forkjoin"
)

// way is a way to map.
type way struct {
	who  string
	role contest.Role
	open func() (run mapper, end func())
}

type mapper func(items []int, f func(int) int) []int

// plain is a way that keeps nothing between two runs.
func plain(run mapper) func() (mapper, func()) {
	return func() (mapper, func()) { return run, func() {} }
}

// Those that start something for each item are used as their documentation shows
// it, and so are those that cut chunks.
var ways = []way{
	{us, contest.Ours, plain(mapTrivet)},
	{chunks, contest.Rival, plain(mapChunks)},
	{"goroutines, 1024 at a time", contest.Rival, plain(mapGrab)},
	{"goroutines, one an item", contest.Rival, plain(mapGo)},
	{"errgroup, a chunk a core", contest.Rival, plain(mapErrgroup)},
	{concIt, contest.Rival, plain(mapConc)},
	{"lo parallel.Map", contest.Rival, plain(mapLo)},
	{"ants, one an item", contest.Rival, openAnts},
	{"pond, one an item", contest.Rival, openPond},
	{serial, contest.Reference, plain(mapSerial)},
}

func mapTrivet(items []int, f func(int) int) []int {
	results, err := forkjoin.Map(context.Background(), items, f)
	must(err)
	return results
}

func mapSerial(items []int, f func(int) int) []int {
	results := make([]int, len(items))
	for i, item := range items {
		results[i] = f(item)
	}
	return results
}

// mapTo maps the items of a chunk.
func mapTo(results, items []int, f func(int) int) {
	results = results[:len(items)]
	for i, item := range items {
		results[i] = f(item)
	}
}

func mapChunks(items []int, f func(int) int) []int {
	results := make([]int, len(items))
	inChunks(runtime.GOMAXPROCS(0), len(items), func(lo, hi int) { mapTo(results[lo:hi], items[lo:hi], f) })
	return results
}

func mapGrab(items []int, f func(int) int) []int {
	const grab = 1024
	results := make([]int, len(items))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				hi := int(next.Add(grab))
				lo := hi - grab
				if lo >= len(items) {
					return
				}
				hi = min(hi, len(items))
				mapTo(results[lo:hi], items[lo:hi], f)
			}
		})
	}
	wg.Wait()
	return results
}

func mapGo(items []int, f func(int) int) []int {
	results := make([]int, len(items))
	var wg sync.WaitGroup
	for i, item := range items {
		wg.Go(func() { results[i] = f(item) })
	}
	wg.Wait()
	return results
}

func mapErrgroup(items []int, f func(int) int) []int {
	results := make([]int, len(items))
	var g errgroup.Group
	parts := runtime.GOMAXPROCS(0)
	for p := range parts {
		g.Go(func() error {
			lo, hi := p*len(items)/parts, (p+1)*len(items)/parts
			mapTo(results[lo:hi], items[lo:hi], f)
			return nil
		})
	}
	must(g.Wait())
	return results
}

func mapConc(items []int, f func(int) int) []int {
	return iter.Map(items, func(item *int) int { return f(*item) })
}

func mapLo(items []int, f func(int) int) []int {
	return parallel.Map(items, func(item, _ int) int { return f(item) })
}

func openAnts() (mapper, func()) {
	p, err := ants.NewPool(math.MaxInt32)
	must(err)
	return func(items []int, f func(int) int) []int {
		results := make([]int, len(items))
		var wg sync.WaitGroup
		wg.Add(len(items))
		for i, item := range items {
			must(p.Submit(func() {
				defer wg.Done()
				results[i] = f(item)
			}))
		}
		wg.Wait()
		return results
	}, p.Release
}

func openPond() (mapper, func()) {
	p := pond.NewResultPool[int](runtime.GOMAXPROCS(0))
	return func(items []int, f func(int) int) []int {
		g := p.NewGroup()
		for _, item := range items {
			g.Submit(func() int { return f(item) })
		}
		results, err := g.Wait()
		must(err)
		return results
	}, p.StopAndWait
}

// must panics: nothing fails here.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
