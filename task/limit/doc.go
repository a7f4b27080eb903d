// Package limit has room for a certain weight of work at the same time. The room
// can be changed while work is under way, and can find its size by itself.
//
//	l := limit.New(8)
//	if err := l.Acquire(ctx, 1); err != nil {
//		return err
//	}
//	defer l.Release(1)
//
// Use it when several groups, pipelines or consumers must not be too much
// together: they all take a *Limit, and share it. For a number of goroutines in
// one place, scoped.Rules.Max, or a stage's Workers, is enough. When items must
// wait their turn in order, that is a queue: state/bounded.
//
// # Words
//
// The weight of a piece of work is its part of the limit, usually 1. Who lends
// gives back what he has for as long as he waits for something else, and then
// takes it first; groups of task/scoped do that, so that work which waits for
// work below the same limit never waits for itself.
//
// # When something goes wrong
//
// A done context is refused always. A weight that is larger than the limit is
// [ErrTooHeavy] at once. Releasing more than was acquired panics: the count
// would be wrong from then on.
//
// # Demons
//
// Starvation: who waits gets in in the order of coming, also when light ones
// could overtake a heavy one. Lost wake-ups: size, use and the fact that
// somebody waits are one word, which changes as a whole; whoever makes room
// after somebody has begun to wait sees that in the same operation.
package limit
