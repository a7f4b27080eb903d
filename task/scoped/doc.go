// Package scoped runs goroutines with one fate: they all have ended when the
// call that started them returns.
//
//	err := scoped.Run(ctx, func(g *scoped.Group) error {
//		for _, url := range urls {
//			g.Go(func(ctx context.Context) error { return fetch(ctx, url) })
//		}
//		return nil
//	})
//
// Use it whenever a function starts goroutines and needs their end. For a
// function over a list use [Each], and with its results [Map], or [Mapping] with
// settings. When there is more work than fits into memory, or it comes from
// other goroutines, use flow/consume; for divide and conquer task/forkjoin; for
// one goroutine and its result state/async.
//
// # Words
//
// A task is a function that the group runs on a goroutine of its own. A slot is
// the right to run, under [Rules.Max] or [Rules.Limit]. A task lends its slot
// while it waits for tasks that it has started itself.
//
// # When something goes wrong
//
// The first error cancels the context of all tasks, and Run returns it; other
// errors are joined to it, save those that only repeat the cancellation. With
// [Rules.KeepGoing] all tasks run, and all errors are joined. Nothing starts
// once the context is done, also what waits for a slot. A panic cancels the
// others, and Run panics with a *trivet.PanicError, which has the stack of the
// task, when all have ended; if Run does not come to that within a second the
// process crashes with the same stack. A task that calls runtime.Goexit, as
// t.FailNow does, is trivet.ErrGoexit. A task that ignores its context for
// longer than [Rules.Grace] is named in a *trivet.StuckError, and Run returns
// without it.
//
// # Demons
//
// Deadlock: a task may start others below the same limit and wait for them, at
// any depth: who waits lends its slot. It must do so by a Run of its own, with
// the context that it got, or by [Go]; a task that waits at a channel for
// another one can say so with [Lend]. Starvation: slots are given in order.
// Races: there is no state that tasks share.
//
// # Coming from errgroup, conc and pools
//
//	g, ctx := errgroup.WithContext(ctx)      scoped.Run(ctx, func(g *scoped.Group) error {
//	g.SetLimit(8)                            scoped.Rules{Max: 8}.Run(ctx, …)
//	g.Go(func() error { … ctx … })           g.Go(func(ctx context.Context) error { … ctx … })
//	g.TryGo(f)                               g.TryGo(f)
//	return g.Wait()                          })
//
//	conc.WaitGroup, pool.New()               scoped.Run; panics come to the caller likewise
//	pool.New().WithMaxGoroutines(8)          scoped.Rules{Max: 8}
//	pool.WithErrors()                        scoped.Rules{KeepGoing: true}
//	pool.WithContext(ctx).WithCancelOnError  scoped.Run
//	iter.MapErr(list, f)                     scoped.Map(ctx, slices.Values(list), f, 8)
//
//	ants, pond, workerpool                   scoped.Rules{Limit: l}, with one limit.New(n) for all
//	                                         who share it; there is no pool to release
//
// What is different: the context is an argument, so that no task can forget it;
// a blocked Go returns when the context is done; tasks that have not begun then
// never do; the number of goroutines has a bound also when nobody sets one.
package scoped
