package forkjoin

import (
	"context"

	"github.com/trivet-go/trivet/task/stealing"
)

// Rules are the settings of runs; zero is good. Its fields are Name, Workers,
// Grace, and Report, a function that gets the [Stats] of each run: see
// [stealing.Rules].
type Rules = stealing.Rules

// Stats tell what happened in a run: Workers, Forks, Steals and more, see
// [stealing.Stats]. The function Report of [Rules] gets them.
type Stats = stealing.Stats

// With returns a context under which runs obey the rules.
func With(ctx context.Context, rules Rules) context.Context { return stealing.With(ctx, rules) }

// A Branch is what the body of [Recurse] gets beside its argument. It forks and
// joins, is a context, and belongs to the goroutine that runs the body. Its
// methods are documented at [stealing.Stack]:
//
//	Both      runs the body for two arguments, and returns both results
//	Fork      says that the body may be run for an argument by somebody else
//	TakeBack  takes the youngest fork back, unless somebody has it
//	Join      returns the result of the youngest fork
//	Room      tells whether another fork could be of use
//	Call      runs the body for one more argument, here and now
//	Block     runs a function that waits, and lends the cores meanwhile
//	Poll      answers who asks for work, in a long stretch without fork or join
//	Wanted    tells whether somebody asks for work
//	Fail      ends the run with an error
type Branch[A, R any] = stealing.Stack[A, R]

// Forked is a fork that is to be joined, the youngest first.
type Forked = stealing.Forked

// Recurse calls body with arg and returns its result. Body calls itself, for
// parts of the problem, at the same time if somebody helps:
//
//	func fib(c *forkjoin.Branch[int, int], n int) int {
//		if n < 2 {
//			return n
//		}
//		x, y := c.Both(n-1, n-2)
//		return x + y
//	}
//
// Where two nanoseconds matter, the same by hand:
//
//	f := c.Fork(n - 1)
//	y := fib(c, n-2)
//	if c.TakeBack(f) { // nobody took it
//		return y + fib(c, n-1)
//	}
//	return y + c.Join(f)
//
// And for bodies that do next to nothing, a cut-off that needs no tuning: begin with
//
//	if !c.Room() { // enough is forked for anybody who may come
//		return fib(c, n-1) + fib(c, n-2)
//	}
//
// An argument may be kept alive until the goroutine that forked it goes on to
// other work.
func Recurse[A, R any](ctx context.Context, body func(*Branch[A, R], A) R, arg A) (R, error) {
	return stealing.Run(ctx, body, arg)
}

// A Ctx is what a function gets that may fork with [Do]. It is a context and
// belongs to the goroutine that the function runs on. Its methods are Block, Poll,
// Wanted and Fail, see [Branch], beside those of a context.
type Ctx stealing.Stack[lazy, any]

// lazy is a function that may be run by somebody else. Only then is its result
// boxed.
type lazy interface{ run(*Ctx) any }

type function[R any] func(*Ctx) R

func (f function[R]) run(c *Ctx) any { return f(c) }

func runLazy(c *stealing.Stack[lazy, any], f lazy) any { return f.run((*Ctx)(c)) }

// Run calls f with a Ctx to fork with, and returns its result.
func Run[R any](ctx context.Context, f func(c *Ctx) R) (R, error) {
	boxed, err := stealing.Run(ctx, runLazy, lazy(function[R](f)))
	r, _ := boxed.(R)
	return r, err
}

// Do runs both functions, at the same time if somebody helps, and returns both
// results. It is meant for functions that return what they compute: each
// variable that a function captures and changes is one more allocation.
func Do[A, B any](c *Ctx, a func(*Ctx) A, b func(*Ctx) B) (A, B) {
	s := (*stealing.Stack[lazy, any])(c)
	f := s.Fork(function[B](b))
	x := a(c)
	if s.TakeBack(f) {
		return x, b(c)
	}
	y, _ := s.Join(f).(B)
	return x, y
}

// Measured tells how parallel a piece of work is, whatever the machine: by its
// fields Work, Span, BurdenedSpan and Forks, and its methods Parallelism,
// BurdenedParallelism and Speedup, see [stealing.Measured].
type Measured = stealing.Measured

// Measure calls f once and measures work and span of what it does, forks under
// the context that it gets included:
//
//	m, err := forkjoin.Measure(ctx, func(ctx context.Context) error {
//		return forkjoin.Sort(ctx, people, byAge)
//	})
//	fmt.Println(m.Parallelism())
//
// Everything runs on the calling goroutine alone meanwhile.
func Measure(ctx context.Context, f func(ctx context.Context) error) (Measured, error) {
	return stealing.Measure(ctx, f)
}
