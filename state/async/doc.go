// Package async has values that come later: futures, the promises that fill
// them, and runs that several callers share.
//
//	page := async.Go(ctx, fetch, url)  // returns at once
//	…                                  // something else meanwhile
//	body, err := page.Await(ctx)
//
// Use it for one value, or a few, whose making should overlap with other work.
// For many of the same kind use task/scoped, which bounds how many run; for
// values that keep coming a channel or state/bounded.
//
// # Words
//
// A future is a box that is filled once, and read by anybody. Its work is the
// step that Go was given. A promise is the other side of a future that has no
// work: whoever has the promise settles it, with a value or an error. To await
// is to wait for the result.
//
// # When something goes wrong
//
// An error of the work is the result. A panic is raised in everyone who awaits,
// as a *trivet.PanicError with the stack of the work; if nobody does within a
// second the process crashes with that stack. Work that calls runtime.Goexit
// has the result trivet.ErrGoexit. A context that is done ends the wait of the
// one who waits, and not the work; that ends with the context it was given.
//
// # Demons
//
// Race: a result is written once, before anybody can read it. Deadlock: a
// future that waits for itself waits as long as its context lives; a promise
// that was lost is told when it is collected.
package async
