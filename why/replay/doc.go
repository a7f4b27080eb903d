// Package replay runs a recorded program again, on a machine that need not
// exist: a discrete-event simulation of a [program.Program] on p processors.
//
// Only what the goroutines did is taken from the recording: how long they ran,
// what they started, which locks, channels, WaitGroups and conditions they came
// to, how long they slept. Who gets a lock, who receives which value and who
// waits for what is decided anew, by the rules of sync and of Go's channels,
// under a scheduler like Go's. So one recording, even on one core, tells how
// long the program would take on any number of cores, and how long if a line
// were faster or a lock gone:
//
//	r, err := replay.Run(ctx, p, replay.Options{Cores: 8})
//	r, err := replay.Run(ctx, p, replay.Options{Cores: 8, Changes: replay.Changes{Drop: []uint32{mu}}})
//
// # Words
//
// The work of a program is the running time of all its goroutines, its span the
// wall time on [Unlimited] cores that cost nothing ([Options.Free]): once as it
// is, and once with NoLocks. The burdened span is the same with the costs. The
// critical path ([Result.Path]) is the gapless chain of stretches of running,
// waiting for a core, sleeping and so on that ended when the program did.
//
// # What is not modelled
//
// A faster machine, caches and memory bandwidth; what the program would do
// otherwise if it ran in another order: a select that does more than receive keeps the case that it chose,
// a loop its number of rounds. Atomics order nothing. See DESIGN.md.
//
// A replay that cannot reach its end is a [*StuckError], never a number.
// A [program.Program] is only read: several replays may run at once.
package replay
