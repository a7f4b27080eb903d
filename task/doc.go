// Package task is the second layer of the library: how one big job is cut up
// and shared out. Its packages decide who does which part, and how many at the
// same time; what is shared between the parts is held by the layer below,
// state.
//
//   - scoped: goroutines with one fate, a function over every item of a list
//   - limit: how many at the same time, shared by all who have to share
//   - forkjoin: one big computation over the cores
//   - mapreduce: a result for each key of a large input
//   - masterworker: jobs on workers that may die
//   - stealing: the workers under forkjoin
//
// Begin with scoped: a handful of goroutines that belong together is scoped.Run,
// a list of items scoped.Each or scoped.Map, and both take a number. What only
// computes, and splits into ever smaller pieces, is forkjoin. When the
// thing that must not be overrun, a database or a disk, is used from several
// places, give them all the same limit. Work that does not end, because it comes
// from outside, is the layer above: flow/consume, flow/pipeline.
package task
