// Package future is the scoreboard of values that come later: what it costs to
// start one, to wait for it, and to share it.
package future

import (
	"context"
	"fmt"
	"sync"

	"github.com/samber/lo"
	"github.com/samber/mo"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"

	"github.com/trivet-go/trivet/bench/internal/contest"
)

// Board is the scoreboard.
var Board = contest.Board{
	Name:  "future",
	What:  "what it costs to get a value from another goroutine",
	Cases: cases,
}

func cases() []contest.Case {
	return []contest.Case{
		{
			Name:     "go, await",
			Promise:  "runs a function that may fail in a goroutine, and waits for it or for a context",
			Subjects: append(ourGo(cancellable), goContext()...), Targets: goTargets(),
		},
		{
			Name:     "go, await without a context",
			Promise:  "runs a function in a goroutine, and waits for its result",
			Subjects: append(ourGo(plain), goPlain()...), Targets: goTargets(),
		},
		{
			Name:     "promise kept, then awaited",
			Promise:  "hands over a value or an error that is there already, to a waiter with a context",
			Subjects: append(ourKept(), kept()...), Targets: keptTargets(),
		},
		{
			Name:     "await what is done",
			Promise:  "gives the value again, to a waiter with a context",
			Subjects: append(ourDone(), done()...), Targets: doneTargets(),
		},
		{
			Name: "go, eight waiters", Op: "a value, given to eight",
			Promise:  "runs a function in a goroutine, and many wait for it or for a context",
			Subjects: append(ourMany(), many()...),
		},
		{
			Name:     "shared call, no duplicate",
			Promise:  "runs a function once for all who ask meanwhile, and each waits for it or for a context",
			Subjects: append(ourShared(), shared()...),
		},
	}
}

func rival(who string, run func(n int)) contest.Subject {
	return contest.Subject{Who: who, Role: contest.Rival, Run: run}
}

func reference(who, note string, run func(n int)) contest.Subject {
	return contest.Subject{Who: who, Role: contest.Reference, Note: note, Run: run}
}

const noContext = "waits without a context"

// cancellable gives run a context that can end, as that of a request can.
func cancellable(run func(ctx context.Context, n int)) func(n int) {
	return func(n int) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		run(ctx, n)
	}
}

// plain gives run a context that never ends.
func plain(run func(ctx context.Context, n int)) func(n int) {
	return func(n int) { run(context.Background(), n) }
}

// answer is what a goroutine is started for: nothing that takes time.
func answer(i int) (int, error) { return i + 1, nil }

// check panics if the answer to i is not v.
func check(i, v int, err error) {
	if v != i+1 || err != nil {
		panic(fmt.Sprintf("answer to %d is %d, error %v", i, v, err))
	}
}

// outcome is what channels carry that tell of errors.
type outcome struct {
	v   int
	err error
}

// cell is a value that is there when done is closed.
type cell struct {
	done chan struct{}
	outcome
}

func (c *cell) await(ctx context.Context) (int, error) {
	select {
	case <-c.done:
		return c.v, c.err
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

func goContext() []contest.Subject {
	return []contest.Subject{
		rival("go, closed channel, select", cancellable(func(ctx context.Context, n int) {
			for i := range n {
				c := &cell{done: make(chan struct{})}
				go func() {
					c.v, c.err = answer(i)
					close(c.done)
				}()
				v, err := c.await(ctx)
				check(i, v, err)
			}
		})),
		rival("go, channel of one, select", cancellable(func(ctx context.Context, n int) {
			for i := range n {
				ch := make(chan outcome, 1)
				go func() {
					v, err := answer(i)
					ch <- outcome{v, err}
				}()
				select {
				case o := <-ch:
					check(i, o.v, o.err)
				case <-ctx.Done():
					return
				}
			}
		})),
		rival("lo.Async, select", cancellable(func(ctx context.Context, n int) {
			for i := range n {
				select {
				case o := <-lo.Async(func() outcome { v, err := answer(i); return outcome{v, err} }):
					check(i, o.v, o.err)
				case <-ctx.Done():
					return
				}
			}
		})),
		reference("go, sync.OnceValues", noContext, onceValues),
		reference("samber/mo Future", noContext, moFuture),
		reference("errgroup", noContext, errGroup),
	}
}

func goPlain() []contest.Subject {
	return []contest.Subject{
		rival("go, sync.OnceValues", onceValues),
		rival("go, closed channel", func(n int) {
			for i := range n {
				c := &cell{done: make(chan struct{})}
				go func() {
					c.v, c.err = answer(i)
					close(c.done)
				}()
				<-c.done
				check(i, c.v, c.err)
			}
		}),
		rival("go, channel of one", func(n int) {
			for i := range n {
				ch := make(chan outcome, 1)
				go func() {
					v, err := answer(i)
					ch <- outcome{v, err}
				}()
				o := <-ch
				check(i, o.v, o.err)
			}
		}),
		rival("lo.Async", func(n int) {
			for i := range n {
				o := <-lo.Async(func() outcome { v, err := answer(i); return outcome{v, err} })
				check(i, o.v, o.err)
			}
		}),
		rival("samber/mo Future", moFuture),
		rival("errgroup", errGroup),
	}
}

// onceValues is run by whoever comes first: often by the waiter itself.
func onceValues(n int) {
	for i := range n {
		get := sync.OnceValues(func() (int, error) { return answer(i) })
		go get()
		v, err := get()
		check(i, v, err)
	}
}

func moFuture(n int) {
	for i := range n {
		v, err := mo.NewFuture(func(resolve func(int), reject func(error)) {
			if v, err := answer(i); err != nil {
				reject(err)
			} else {
				resolve(v)
			}
		}).Collect()
		check(i, v, err)
	}
}

func errGroup(n int) {
	for i := range n {
		var g errgroup.Group
		var v int
		g.Go(func() (err error) {
			v, err = answer(i)
			return err
		})
		err := g.Wait()
		check(i, v, err)
	}
}

//go:noinline
func kept() []contest.Subject {
	return []contest.Subject{
		rival("channel of one, select", cancellable(func(ctx context.Context, n int) {
			for i := range n {
				ch := make(chan outcome, 1)
				ch <- outcome{v: i + 1}
				select {
				case o := <-ch:
					check(i, o.v, o.err)
				case <-ctx.Done():
					return
				}
			}
		})),
		rival("closed channel, select", cancellable(func(ctx context.Context, n int) {
			for i := range n {
				c := &cell{done: make(chan struct{})}
				c.v = i + 1
				close(c.done)
				v, err := c.await(ctx)
				check(i, v, err)
			}
		})),
	}
}

//go:noinline
func done() []contest.Subject {
	return []contest.Subject{
		rival("closed channel, select", cancellable(func(ctx context.Context, n int) {
			c := &cell{done: make(chan struct{})}
			c.v = 1
			close(c.done)
			for range n {
				v, err := c.await(ctx)
				check(0, v, err)
			}
		})),
		reference("sync.OnceValues", noContext, func(n int) {
			get := sync.OnceValues(func() (int, error) { return answer(0) })
			for range n {
				v, err := get()
				check(0, v, err)
			}
		}),
		reference("samber/mo Future", noContext, func(n int) {
			f := mo.NewFuture(func(resolve func(int), _ func(error)) { resolve(1) })
			for range n {
				v, err := f.Collect()
				check(0, v, err)
			}
		}),
	}
}

const waiters = 8

// await lets eight goroutines wait.
func await(wait func()) {
	var wg sync.WaitGroup
	for range waiters {
		wg.Go(wait)
	}
	wg.Wait()
}

func many() []contest.Subject {
	return []contest.Subject{
		rival("go, closed channel, select", cancellable(func(ctx context.Context, n int) {
			for i := range n {
				c := &cell{done: make(chan struct{})}
				go func() {
					c.v, c.err = answer(i)
					close(c.done)
				}()
				await(func() {
					v, err := c.await(ctx)
					check(i, v, err)
				})
			}
		})),
		reference("go, sync.OnceValues", noContext, func(n int) {
			for i := range n {
				get := sync.OnceValues(func() (int, error) { return answer(i) })
				go get()
				await(func() {
					v, err := get()
					check(i, v, err)
				})
			}
		}),
	}
}

func shared() []contest.Subject {
	return []contest.Subject{
		rival("singleflight DoChan, select", cancellable(func(ctx context.Context, n int) {
			var g singleflight.Group
			for i := range n {
				select {
				case r := <-g.DoChan("key", func() (any, error) { return answer(i) }):
					check(i, r.Val.(int), r.Err)
				case <-ctx.Done():
					return
				}
			}
		})),
		reference("singleflight Do", noContext, func(n int) {
			var g singleflight.Group
			for i := range n {
				v, err, _ := g.Do("key", func() (any, error) { return answer(i) })
				check(i, v.(int), err)
			}
		}),
	}
}
