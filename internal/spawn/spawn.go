// Package spawn starts the goroutines of state, task and flow: all of them, by
// one go statement, so that the promises about goroutines are kept in one
// place.
//
//   - Joined. A [Group] waits for what it started. The one exception is a
//     function that ignores its context for longer than a grace time: it is
//     named in a [*trivet.StuckError] instead of hanging the waiter for ever.
//   - Nothing starts once the context is done.
//   - One fate. The first failure cancels the siblings and is what Wait
//     returns; the others are joined to it.
//   - No panic is lost. It is raised again in the waiter after the join, as a
//     [*trivet.PanicError] with the stack of the task. When nobody waits
//     within [ClaimWithin] the process crashes and shows that stack. Keeping
//     it until somebody waits, perhaps never, is the mistake that the standard
//     library made and took back (golang/go#53757, #74275).
//   - runtime.Goexit, which testing's FailNow calls, ends a task with
//     [trivet.ErrGoexit] and hangs nobody.
//   - Named. The profiler label "trivet" and a region of the execution trace
//     carry the name, set once a goroutine.
//
// Everything works inside a testing/synctest bubble: the package keeps no
// state of its own, waits on channels that it makes in the bubble, and takes
// its mutexes for a few instructions only, never while calling user code.
//
// Two ways in: [Group] for tasks with one fate, and [Go] for a single
// goroutine whose owner keeps the books itself, such as a future.
package spawn
