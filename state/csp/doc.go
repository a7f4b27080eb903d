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
// Values are received only to be handed on. When a loop breaks or ctx is done,
// what has been received and not handed on is lost:
//
//   - nothing with [All], [OrDone], [Batch], [Throttle], [Split], and [Merge] of
//     up to 8 channels; what is left stays in the channels;
//   - one value for every 8 channels with [Merge] of more;
//   - one value with [SplitByKey] and [Into];
//   - one value with [Tee], which some readers may have and others not.
//
// # When there is too much
//
// Nothing is buffered, save the batch at hand. So whoever sends to the channels
// is slowed down to the pace of the loop or of the readers.
//
// # When something goes wrong
//
// The channels stay their owners': nothing here closes a channel that it did
// not make. A panic or an error of a function given to Split or Tee ends the
// others, and is raised or returned after they have ended. One that does not
// end when its context is done is named in a *trivet.StuckError.
//
// # Demons
//
// Leaks: see the shapes. Deadlock: all waits end with ctx. Starvation: channels
// that have values take turns in a Merge, and a Split gives to whoever is ready.
package csp
