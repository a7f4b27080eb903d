// Package async has values that come later: futures, the promises that fill
// them, and runs that several callers share.
//
//	page := async.Go(ctx, fetch, url)  // returns at once
//	…                                  // something else meanwhile
//	body, err := page.Await(ctx)
//
// Use it for one value, or a few, whose making should overlap with other work.
// For many of the same kind use task/scoped, which bounds how many run; to ask
// several and end the slower ones use flow/scatter; for values that keep coming a
// channel or state/bounded.
//
// # Words
//
// A future is a box that is filled once, and read by anybody. Its work is the
// step that Go was given. A promise is the other side of a future that has no
// work: whoever has the promise settles it, with a value or an error. To await
// is to wait for the result.
//
// # Who ends the work, and who waits for its end
//
// The context that Go was given ends the work, and nothing else does: not a
// waiter that gives up, nor [All], [Any] and [Race] when they know enough. Called
// in a task of a group, Go gives the work to that group, which waits for it.
// Elsewhere the caller of Go owns it: when Await is back with the result, the
// goroutine is over.
//
//	ctx, cancel := context.WithCancel(ctx)
//	defer cancel()
//	a, b := async.Go(ctx, ask, "a"), async.Go(ctx, ask, "b")
//	v, err := async.Any(ctx, a, b) // the other one is cancelled when this function returns
//
// The run of a [Shared] belongs to its callers: the last one that leaves cancels
// it and waits.
//
// # When something goes wrong
//
// An error of the work is the result. A panic is raised in everyone who awaits,
// as a *trivet.PanicError with the stack of the work; if nobody does within a
// second the process crashes with that stack. Work that calls runtime.Goexit
// has the result trivet.ErrGoexit.
//
// A context that is done ends the wait of the one who waits, and not the work. A
// result that is there wins over a context that is done, always: reading it is
// no waiting. Work whose context is done does not start.
//
// There is no overload to handle: a future is one value. What bounds the number
// of goroutines is the caller, or a limit that the step waits for.
//
// # Demons
//
// Race: a result is written once, before anybody can read it. Deadlock: a
// future that waits for itself waits as long as its context lives; a shared run
// that would is told [ErrOwnRun] instead; a promise that was lost is told when it
// is collected. Starvation: all who wait are told at once.
package async
