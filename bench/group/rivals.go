package group

import (
	"context"
	"math"
	"runtime"
	"sync"

	"github.com/alitto/pond/v2"
	"github.com/bytedance/gopkg/util/gopool"
	"github.com/gammazero/workerpool"
	"github.com/panjf2000/ants/v2"
	"github.com/sourcegraph/conc"
	"github.com/sourcegraph/conc/pool"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/trivet-go/trivet/bench/internal/contest"
)

// What references do not give.
const (
	noErrors = "no errors, no context"
	noCancel = "an error cancels nothing"
)

// limited is every way that can hold tasks back.
func limited() []way {
	return append(ours(), append(either(),
		way{who: "semaphore.Weighted, WaitGroup.Go", role: contest.Reference, note: noErrors, open: openWeighted},
		way{who: "channel as semaphore, WaitGroup.Go", role: contest.Reference, note: noErrors, open: openSemaphore},
		way{who: "workerpool", role: contest.Reference, note: noErrors, open: openWorkerpool},
	)...)
}

// unlimited is every way that can do without a limit.
func unlimited() []way {
	return append(ours(), append(either(),
		way{who: "WaitGroup.Go", role: contest.Reference, note: noErrors, open: openWaitGroup},
		way{who: "conc.WaitGroup", role: contest.Reference, note: noErrors, open: openConcWaitGroup},
	)...)
}

// either is every way that can do both: a limit of 0 is none.
func either() []way {
	return []way{
		{who: "errgroup", role: contest.Rival, open: openErrgroup},
		{who: "conc pool, cancel on error", role: contest.Rival, open: openConcContext},
		{who: "pond group", role: contest.Rival, open: openPondGroup},
		{who: "errgroup without context", role: contest.Reference, note: noCancel, open: openErrgroupPlain},
		{who: "conc pool", role: contest.Reference, note: noErrors, open: openConc},
		{who: "pond Go", role: contest.Reference, note: noErrors, open: openPond},
		{who: "ants", role: contest.Reference, note: noErrors, open: openAnts},
		{who: "gopool", role: contest.Reference, note: noErrors, open: openGopool},
		{who: "a worker a core, channel of numbers", role: contest.Reference, note: noErrors + ", fixed task", open: openWorkers},
		{who: "serial", role: contest.Reference, note: "no goroutine", open: openSerial},
	}
}

func openErrgroup(limit int) (func(int, task), func()) {
	return func(n int, do task) {
		g, ctx := errgroup.WithContext(context.Background())
		if limit > 0 {
			g.SetLimit(limit)
		}
		for range n {
			g.Go(func() error { return do(ctx) })
		}
		must(g.Wait())
	}, nil
}

func openErrgroupPlain(limit int) (func(int, task), func()) {
	return func(n int, do task) {
		var g errgroup.Group
		if limit > 0 {
			g.SetLimit(limit)
		}
		for range n {
			g.Go(func() error { return do(context.Background()) })
		}
		must(g.Wait())
	}, nil
}

func openConcContext(limit int) (func(int, task), func()) {
	return func(n int, do task) {
		p := pool.New().WithContext(context.Background()).WithCancelOnError().WithFirstError()
		if limit > 0 {
			p = p.WithMaxGoroutines(limit)
		}
		for range n {
			p.Go(do)
		}
		must(p.Wait())
	}, nil
}

func openConc(limit int) (func(int, task), func()) {
	return func(n int, do task) {
		p := pool.New()
		if limit > 0 {
			p = p.WithMaxGoroutines(limit)
		}
		for range n {
			p.Go(func() { _ = do(context.Background()) })
		}
		p.Wait()
	}, nil
}

func openConcWaitGroup(int) (func(int, task), func()) {
	return func(n int, do task) {
		var wg conc.WaitGroup
		for range n {
			wg.Go(func() { _ = do(context.Background()) })
		}
		wg.Wait()
	}, nil
}

func openPondGroup(limit int) (func(int, task), func()) {
	p := pond.NewPool(limit)
	return func(n int, do task) {
		g := p.NewGroupContext(context.Background())
		ctx := g.Context()
		for range n {
			g.SubmitErr(func() error { return do(ctx) })
		}
		must(g.Wait())
	}, p.StopAndWait
}

func openPond(limit int) (func(int, task), func()) {
	p := pond.NewPool(limit)
	return func(n int, do task) {
		var wg sync.WaitGroup
		for range n {
			wg.Add(1)
			must(p.Go(waiting(&wg, do)))
		}
		wg.Wait()
	}, p.StopAndWait
}

func openAnts(limit int) (func(int, task), func()) {
	p, err := ants.NewPool(size(limit))
	must(err)
	return func(n int, do task) {
		var wg sync.WaitGroup
		for range n {
			wg.Add(1)
			must(p.Submit(waiting(&wg, do)))
		}
		wg.Wait()
	}, p.Release
}

func openGopool(limit int) (func(int, task), func()) {
	p := gopool.NewPool("bench", int32(size(limit)), gopool.NewConfig())
	return func(n int, do task) {
		var wg sync.WaitGroup
		for range n {
			wg.Add(1)
			p.Go(waiting(&wg, do))
		}
		wg.Wait()
	}, nil
}

// size is a pool's for a limit; the largest for none.
func size(limit int) int {
	if limit == 0 {
		return math.MaxInt32
	}
	return limit
}

func openWorkerpool(limit int) (func(int, task), func()) {
	p := workerpool.New(limit)
	return func(n int, do task) {
		var wg sync.WaitGroup
		for range n {
			wg.Add(1)
			p.Submit(waiting(&wg, do))
		}
		wg.Wait()
	}, p.StopWait
}

func openWaitGroup(int) (func(int, task), func()) {
	return func(n int, do task) {
		var wg sync.WaitGroup
		for range n {
			wg.Go(func() { _ = do(context.Background()) })
		}
		wg.Wait()
	}, nil
}

func openWeighted(limit int) (func(int, task), func()) {
	return func(n int, do task) {
		ctx := context.Background()
		places := semaphore.NewWeighted(int64(limit))
		var wg sync.WaitGroup
		for range n {
			must(places.Acquire(ctx, 1))
			wg.Go(func() {
				defer places.Release(1)
				_ = do(ctx)
			})
		}
		wg.Wait()
	}, nil
}

func openSemaphore(limit int) (func(int, task), func()) {
	return func(n int, do task) {
		places := make(chan struct{}, limit)
		var wg sync.WaitGroup
		for range n {
			places <- struct{}{}
			wg.Go(func() {
				defer func() { <-places }()
				_ = do(context.Background())
			})
		}
		wg.Wait()
	}, nil
}

// openWorkers is the least that starting tasks can cost: workers that stay, and
// tasks that are numbers.
func openWorkers(int) (func(int, task), func()) {
	return func(n int, do task) {
		numbers := make(chan int, 128)
		var wg sync.WaitGroup
		for range runtime.GOMAXPROCS(0) {
			wg.Go(func() {
				for range numbers {
					_ = do(context.Background())
				}
			})
		}
		for i := range n {
			numbers <- i
		}
		close(numbers)
		wg.Wait()
	}, nil
}

func openSerial(int) (func(int, task), func()) {
	return func(n int, do task) {
		for range n {
			must(do(context.Background()))
		}
	}, nil
}
