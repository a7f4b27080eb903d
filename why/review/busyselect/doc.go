// Package busyselect finds loops that ask a channel again and again instead of
// waiting for it.
//
// Question 1, selection: a channel is a way to wait, and default is a way not to.
// The demons are starvation, since one core does nothing but ask, and livelock.
//
// WRONG: while nothing comes, this loop keeps a core busy.
//
//	for {
//		select {
//		case job := <-jobs:
//			run(job)
//		default:
//		}
//	}
//
// RIGHT: without default the goroutine sleeps until a value comes.
//
//	for {
//		select {
//		case job := <-jobs:
//			run(job)
//		case <-ctx.Done():
//			return
//		}
//	}
//
// FINE WHEN the default does the real work and the channel only says stop, or when it
// sleeps, returns, or leaves the loop. None of these is reported.
//
// FOUND BY the code: an endless loop around a select whose default does nothing that
// takes time, with nothing else in the loop that does.
//
// SURE: high.
package busyselect
