// Package scatter asks many backends the same question and gathers one answer.
//
//	search := scatter.Gather(scatter.Rules{Quorum: 2, Deadline: 200 * time.Millisecond, Partial: 1},
//		scatter.TopK(10, byScore), scatter.Shards(eu, us, asia)...)
//	hits, err := search(ctx, "cat")
//
// Use it when a late or missing reply is tolerable, or when the same answer can
// be had from several. When every reply matters, use task/scoped: this package
// is about going on without.
//
// # Words
//
// A shard has a part of the answer; all shards are asked. Replicas have the same
// answer; one is enough. A quorum is the number of good replies that are
// enough. A partial answer is one from fewer. To hedge is to ask a second
// replica when the first takes long. The budget bounds how many requests
// hedging may add.
//
// [Gather] and [Replicas] both take steps and give one, so each shard of a Gather
// can be a set of Replicas, and a stage of a pipeline can be a Gather.
//
// # When something goes wrong
//
// The error of a shard is one of the reasons in a [*QuorumError], if there is no
// quorum, and else part of its [Reply]. When ctx is done its cause is the error.
// Shards and replicas that are not needed any more are cancelled with
// [ErrNotNeeded], and waited for: in a task of a group, as in task/scoped, by that
// group, so that the call can return early; elsewhere before the call returns.
// One that ignores this is named in a *trivet.StuckError, in its Reply or to
// Hooks.ItemError, and takes no answer away. A panic is raised by the call.
//
// # Demons
//
// Leaks: see above. Overload: hedging has a budget, which calls fill and not
// time, so that a backend that has become slow does not get twice the load.
package scatter
