package csp

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"slices"
	"sync/atomic"

	"github.com/trivet-go/trivet/internal/spawn"
)

// errStopped cancels what a loop has started, when it ends.
var errStopped = errors.New("csp: the reader stopped")

// A Reader reads one of several outcomes. It returns when its sequence has
// ended, or when it has had enough; an error ends the other readers too. All
// readers have begun before one of them gets a value, so that each can close
// what it has to close; only a ctx that is done, or a key function that
// panics, keeps some from beginning.
type Reader[T any] func(ctx context.Context, values iter.Seq[T]) error

// Split deals the values of c out to the readers: each value goes to one that
// is ready for it. It returns when all readers have: nil, the first error, or
// the cause of ctx. A reader that returns early leaves the rest to the others;
// when all have, what is left stays in c.
func Split[T any](ctx context.Context, c <-chan T, readers ...Reader[T]) error {
	return run(ctx, readers, func(ctx context.Context, _ int) iter.Seq[T] { return All(ctx, c) }, spawn.Task{}, func() bool { return false })
}

// SplitByKey is Split with all values of a key to the same reader, in order. A
// reader that is slow holds up the others, and one that returns early ends
// Split: its values would have nowhere to go.
func SplitByKey[T any, K comparable](ctx context.Context, c <-chan T, key func(T) K, readers ...Reader[T]) error {
	seed := maphash.MakeSeed()
	return distribute(ctx, c, readers, key, func(v T, parts []chan T) []chan T {
		i := maphash.Comparable(seed, key(v)) % uint64(len(parts))
		return parts[i : i+1]
	})
}

// Tee gives every value of c to all readers. The slowest sets the pace, and one
// that returns early ends Tee for the others too.
func Tee[T any](ctx context.Context, c <-chan T, readers ...Reader[T]) error {
	return distribute(ctx, c, readers, nil, func(_ T, parts []chan T) []chan T { return parts })
}

// distribute sends each value of c to the parts that pick picks. caller is the
// user's function that pick calls, if any, to name it when it is stuck.
func distribute[T any](ctx context.Context, c <-chan T, readers []Reader[T], caller any, pick func(T, []chan T) []chan T) error {
	parts := make([]chan T, len(readers))
	var ended atomic.Bool
	for i := range parts {
		parts[i] = make(chan T)
	}
	deal := func(ctx context.Context) error {
		for v := range All(ctx, c) {
			for _, part := range pick(v, parts) {
				if !send(ctx, part, v) {
					return nil
				}
			}
		}
		if ctx.Err() == nil { // c is at its end
			ended.Store(true)
			for _, part := range parts {
				close(part)
			}
		}
		return nil
	}
	early := func() bool { return !ended.Load() }
	return run(ctx, readers, func(ctx context.Context, i int) iter.Seq[T] { return All(ctx, parts[i]) }, spawn.Task{Func: caller, Run: deal}, early)
}

// run runs the readers, and deal beside them, if there is one. When a reader
// returns and that is too early, the others are stopped.
func run[T any](ctx context.Context, readers []Reader[T], values func(context.Context, int) iter.Seq[T], deal spawn.Task, early func() bool) error {
	if len(readers) == 0 {
		return errors.New("csp: no readers: the values would have nowhere to go")
	}
	g := spawn.New(ctx, spawn.Rules{})
	if deal.Run != nil {
		g.Start(deal)
	}
	var begun atomic.Int64
	all := make(chan struct{}) // closed when all have begun, so that none is left out because another one was quick
	for i, read := range readers {
		g.Start(spawn.Task{Func: read, Run: func(ctx context.Context) error {
			if begun.Add(1) == int64(len(readers)) {
				close(all)
			}
			receive(ctx, all)
			if err := read(ctx, values(ctx, i)); err != nil {
				return fmt.Errorf("csp: reader %d: %w", i, err)
			}
			if early() {
				g.Cancel(errStopped)
			}
			return nil
		}})
	}
	if err := besides(errStopped, g.Wait()); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// besides returns err without what is joined to it: that a reader had enough is
// no error.
func besides(known, err error) error {
	if err == known {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || !slices.Contains(joined.Unwrap(), known) {
		return err
	}
	others := slices.DeleteFunc(slices.Clone(joined.Unwrap()), func(e error) bool { return e == known })
	if len(others) == 1 {
		return others[0]
	}
	return errors.Join(others...)
}
