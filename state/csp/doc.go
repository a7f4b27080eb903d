// Package csp connects plain channels: it merges, splits and copies them,
// gathers their values in batches and slows them down, and ends all of it
// properly.
//
//	for v := range csp.Merge(ctx, left, right) {
//		fmt.Println(v)
//	}
//
// Use it when a program has channels already. Inside new code state/bounded has
// more to offer than a channel, and flow/pipeline than a net of them.
//
// # Shapes
//
// A function with one outcome returns an iter.Seq. Nothing runs before the loop
// over it begins, and nothing that it has started runs when the loop has ended,
// by itself, by break or by a panic. A function with several outcomes, which
// must be read at the same time, takes a function for each, as [Split] and [Tee]
// do, and returns when all have. So there is no goroutine behind a channel that
// somebody has stopped reading. Where a channel is needed, [Into] sends a
// sequence into one.
//
// A sequence ends when its channels are closed, or when ctx is done; the loop
// that must tell these apart asks ctx.Err. Sequences are read once: what was
// received is gone.
//
// # What may be lost
//
// Values are taken from a channel only to be handed on. When a loop breaks or
// ctx is done, what has been taken and not handed on is lost: nothing for
// [OrDone], [All] and [Throttle], the values of the batch at hand for [Batch],
// and one value for each channel or reader with [Merge], [Split] and [Tee].
//
// # When something goes wrong
//
// The channels stay their owners': nothing here closes a channel that it did
// not make. A panic or an error of a function given to Split or Tee ends the
// others, and is raised or returned after they have ended.
//
// # Demons
//
// Leaks: see the shapes. Deadlock: all waits end with ctx. Starvation: Merge
// and Split are as fair as select.
package csp
