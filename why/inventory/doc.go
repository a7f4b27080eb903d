// Package inventory finds which concurrency patterns a program is built from,
// and where: from its source alone, whether they are Trivet's, those of the
// standard library and golang.org/x, or made by hand.
//
//	sources, err := inventory.Load(ctx, inventory.Source{Names: []string{"./cmd/tally"}})
//	for _, p := range inventory.Of(sources) {
//		fmt.Println(p) // Lv2 worker pool at main.go:43, hand-made: go, channel jobs
//	}
//
// It names what is there; it does not judge. For what is wrong with it use
// why/review, for what it costs why/explain. It reads the packages of the
// modules that the go command calls main, not their dependencies.
//
// # Words
//
// A goroutine is a go statement, or a call of WaitGroup.Go, errgroup.Group.Go or
// scoped.Group.Go, in one call of its function; in a loop it stands for many.
// A channel is a make in one call of its function. Channels are followed
// through variables, parameters, results, closures and fields; a field counts as
// one channel for all values of its struct. Calls are followed some levels deep
// into functions of the loaded packages.
//
// # Rules
//
// The first that fits wins: what is part of a pool is no producer-consumer.
//
//   - semaphore (Lv2): a channel with room, of struct{} or of constants, never
//     closed, that one goroutine fills and empties, or that a loop fills before
//     each goroutine that it starts and that this empties, or that methods fill
//     and empty; semaphore.NewWeighted, errgroup's SetLimit, limit.New.
//   - actor loop (Lv3): a goroutine that takes values from a channel for ever,
//     and answers on a channel that came with the value, or calls functions that
//     came; or takes from two channels or more and changes what it owns; actors.New.
//   - worker pool (Lv2): a loop that starts goroutines which take from one
//     channel that was made outside of it, again and again, or take numbers from
//     one atomic counter; or several statements that start such a function.
//   - pipeline (Lv3): goroutines that take from a channel and put into another
//     that a further goroutine takes from, two such in a row or more. One is
//     enough if it ranges over its channel, is no pool, and what is before and
//     behind it are different goroutines. A ring is none. pipeline.Through and
//     its kin.
//   - future (Lv1): a goroutine that puts one result into a channel of its own,
//     with room for none or one, that somebody else takes; sync.OnceValue,
//     singleflight, async.Go, async.New, async.Shared.
//   - fan-out/fan-in (Lv2): goroutines that a loop starts, or several statements
//     that are joined in one way, or a function that calls itself; and somebody
//     waits for their end by WaitGroup, group, or as many receives. scoped.Run,
//     scoped.Map and their kin.
//   - fork-join, master-worker, map-reduce (Lv2): the functions of forkjoin and
//     stealing, masterworker.Open and Work, mapreduce.Job; by hand they are found
//     as the fan-outs and pools that they consist of.
//   - producer-consumer (Lv3): a channel that one goroutine puts values into, and
//     another takes them from, both again and again; consume.Each, consume.New.
//   - scatter-gather (Lv3): scatter.Gather, scatter.Replicas, scatter.Open.
//   - bounded queue, joined channels (Lv1): bounded.New; csp.Merge and its kin.
//   - mutex-guarded state (Lv1): a mutex that is locked, and fields beside it or
//     variables around it that are used meanwhile, by the order of the text;
//     sync.Map, guarded.Value, guarded.ReadMostly.
//   - atomics (Lv1): variables and fields of sync/atomic's types, or that its
//     functions work on; lockfree.Cell, lockfree.Snapshot.
//
// The layer is that of the library's folder: flow is Lv3, task Lv2, state Lv1.
//
// # What it does not see
//
// Calls through interfaces and through functions in fields; channels that are
// stored in several places of one struct type, as the stages of a linked list;
// the libraries of others; what is behind build tags. Two functions that are
// called from outside count as called by different goroutines.
//
// A package that does not compile is used as far as it goes. It uses no
// goroutines of its own beside those of go/packages, and keeps no state.
package inventory
