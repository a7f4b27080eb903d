// Package stealing is the scheduler below task/forkjoin: workers that split a
// computation between them by stealing. A fork writes its argument to a stack
// that only its own worker knows. It becomes a task that others may take when
// one of them asks; so what costs time grows with the number of thefts, and not
// with that of forks.
//
// Use task/forkjoin, which has functions for recursion, loops, reductions and
// sorting. Use this package to build another pattern of that kind.
//
//	func fib(s *stealing.Stack[int, int], n int) int {
//		if n < 2 {
//			return n
//		}
//		f := s.Fork(n - 1)
//		x := fib(s, n-2)
//		return x + s.Join(f)
//	}
//
//	n, err := stealing.Run(ctx, fib, 36)
//
// # Words
//
// A run is one call of [Run] and all that is forked in it. Its workers are the
// goroutine of the caller and helpers, which are started when something is
// forked and have ended when Run returns. The body is the function that a run
// calls: for the argument given to Run, and for every fork. A record is a fork
// that only its own worker knows; a task is one that others may take. A slot is
// the right of a worker to run; there are GOMAXPROCS, also when that changes.
// To leave a body is to end it by a panic that the run recovers.
//
// Owners take the youngest of their records, thieves the oldest, which is the
// largest part of the work. Workers that find nothing sleep until somebody has
// something. Who waits for a task that was stolen helps its thief with parts of
// that task, and with nothing else, and then sleeps and lends its slot.
//
// # When something goes wrong
//
// What package forkjoin says of errors, cancellation and panics is done here.
// [Stack.Join] in the wrong order, or not at all, is a panic.
//
// # Demons
//
// DESIGN.md has the protocol, and why no task is lost, run twice or waited for
// in vain.
package stealing
