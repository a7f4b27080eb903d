// Package forkjoin splits one big computation over the cores: recursion, loops,
// reductions, sorting. A fork that nobody takes costs about as much as a
// function call, so the pieces need not be tuned in size.
//
//	total, err := forkjoin.Reduce(ctx, len(prices), func(lo, hi int) float64 {
//		return sum(prices[lo:hi])
//	}, func(a, b float64) float64 { return a + b })
//
// Use it for work that computes. Work that waits, for a network or a disk, is
// better served by task/scoped: one goroutine for each item, with a limit.
// When a loop is done in less than some ten microseconds, leave it serial.
//
// # Words
//
// A run is one call from outside: [Run], [Recurse], [For] and their like, with an
// ordinary context. The caller is its first worker; helpers are goroutines that
// come when something is forked, up to GOMAXPROCS workers in all, and are gone
// when the call returns. To fork is to say that a piece may be done by somebody
// else, to join is to have its result. A piece that nobody has taken by then is
// done by who forked it, as a plain call.
//
// # The five ways
//
//	x, err := forkjoin.Run(ctx, func(c *forkjoin.Ctx) X { … })  // enters
//	a, b := forkjoin.Do(c, f, g)                                // two functions of any types
//
//	r, err := forkjoin.Recurse(ctx, body, arg)                  // body forks itself: no allocation,
//	func body(c *forkjoin.Branch[A, R], a A) R {                // one or two nanoseconds a fork
//		x, y := c.Both(left, right)
//	}
//
//	err := forkjoin.For(ctx, n, func(lo, hi int) { … })         // loops; also Reduce, Map, Filter, Sort
//	step := forkjoin.Plan[In, Out]{Small, Split, Solve, Join}.Step() // for a pipeline, an actor, a consumer
//	m, err := forkjoin.Measure(ctx, func(ctx context.Context) error { … }) // how parallel is it?
//
// A *Ctx or *Branch is a context as well. Given to one of these functions as it
// is, it makes the new work a part of its run. Any other context begins a run of
// its own, which is as correct, and shares the cores as any two programs do.
//
// # Where the rest is documented
//
// Branch, Rules, Stats, Measured and Forked are other names of types of package
// task/stealing, and the methods of a Ctx come from there too. go doc shows what
// they have under those names:
//
//	go doc ./task/stealing Stack        methods of a *Branch and, if marked *, of a *Ctx:
//	                                    Both, Fork, Join, TakeBack, Room, Call,
//	                                    Block*, Poll*, Wanted*, Fail*, those of a context*
//	go doc ./task/stealing Stack.Block  one of them
//	go doc ./task/stealing Rules        fields Name, Workers, Grace, Report
//	go doc ./task/stealing Stats        fields Workers, Forks, Steals, Silent and others
//	go doc ./task/stealing Measured     fields Work, Span, BurdenedSpan, Forks;
//	                                    methods Parallelism, BurdenedParallelism, Speedup
//
// # Waiting
//
// A piece may wait for a lock, a channel or a disk. If it says so, with
// c.Block(f), its own forks are offered to others first, and another worker
// takes its place meanwhile. If it does not, nothing breaks, but forks that it
// has made and that nobody has asked for yet wait as long as it does.
//
// # When something goes wrong
//
// When ctx is done, pieces that have not begun never do, and the others are left
// at their next fork or join, by a panic that the run recovers itself; deferred
// calls run. A piece that does not fork can ask c.Err. The run returns the cause
// of the context. A piece that neither ends nor forks within ten seconds is
// named in a *trivet.StuckError, and the run returns without it, unless it
// occupies the caller's own goroutine.
//
// A panic in a piece ends the others in the same way, and is raised again by the
// run, as a *trivet.PanicError with the stack of the piece. Do not recover
// between a fork and its join: whether the panic comes by there depends on who
// has taken the piece. runtime.Goexit, as t.FailNow calls it, ends the run with
// trivet.ErrGoexit; on the caller's goroutine it does what it does anywhere.
//
// # Demons
//
// Deadlock: who waits for a join runs pieces of what it waits for, and nothing
// else. So it never runs into a lock that it holds itself, which is the way in
// which pools that help with anything deadlock. A lock held over a join deadlocks
// only if the forked piece wants it, as it would with goroutines. Starvation:
// idle workers sleep, and a piece that is worth taking wakes one. Races: pieces
// must not write the same memory; the race detector sees forks and joins as it
// sees goroutines.
package forkjoin
