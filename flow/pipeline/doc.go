// Package pipeline sends values through stages that are joined by bounded
// buffers, so that each stage works at its own speed and the slowest sets the
// pace of all.
//
//	lines := pipeline.From(scanner.Lines())
//	events := pipeline.Through(lines, pipeline.Stage{Name: "parse", Workers: 4, Ordered: true}, parse)
//	r := events.Run(ctx)
//	for e := range r.All() {
//		fmt.Println(e)
//	}
//	return r.Err()
//
// Use it when items flow, and the work on each has parts that can overlap: a
// reader, a parser, a writer. For one function over a list use task/scoped. If
// all of the work is one short function, a plain loop is faster than any
// pipeline. For items that must survive a failure one by one, with retries and
// dead letters, use flow/consume.
//
// # Words
//
// A stream describes a flow up to one point; it is only a plan. A stage is a
// function with workers, which are goroutines, and a buffer in front of it. A
// run is the plan at work; it begins and ends with the loop over
// [Results.All]. A sink ends a stream inside a run.
//
// A stage takes one of these shapes:
//
//   - [Through]: one to one, a trivet.Step. What gathers, forks, or asks an
//     actor gives a Step, and fits.
//   - [Via]: one to many, a [Flow].
//   - [Map], [Filter]: one to one, for functions that compute and never wait.
//   - [InBatches]: many to many, for work that has a price a call.
//   - [Batch]: gathers items, by number and by time.
//   - [PerKey]: one to one, parallel, with the order of each key kept.
//   - [Try], [Divert]: one to one, with errors as values or on a stream of
//     their own.
//   - [Merge], [Branch], [Tee], [Evacuate]: no function of the user, other ways.
//   - [Into]: a sink.
//
// # What a stage promises
//
// A result is in the next buffer before its worker begins the next item: none
// waits for a batch to fill, or for a function that takes its time. Under load
// items travel in batches all the same, because a worker takes all there is.
// Map, Filter and InBatches say that they do not wait, and show their results
// after each batch, or at once when the next stage is idle; that is cheaper.
//
// # When something goes wrong
//
// An error ends the run: nothing new starts, what runs is waited for, and
// [Results.Err] returns a *trivet.StepError with the name of the stage; errors
// that came later are joined to it. Nobody takes the part of a stream before
// an error for all of it: a sink or a batch sees the end only at a true end.
// Try and Divert are for errors that concern one item. A panic ends the run and
// is raised again in the loop over All. When ctx is done its cause is the
// error. When the loop breaks there is none. A function that ignores all this is
// named in a *trivet.StuckError after a grace time.
//
// Overload is backpressure: a full buffer makes the stage before it wait, up to
// the source. [Stage.Overflow] has other policies, and whatever they drop is
// counted in [Stats].
//
// # Demons
//
// Deadlock: streams have no cycles, all edges are read at the same time, and
// every wait ends with the context. Starvation: the buffers are read in order.
// Races: an item belongs to one stage at a time, save after Tee.
package pipeline
