// Package pipeline stands for the package of that name.
package pipeline

import "context"

type Stream[T any] struct{}

type Stage struct{ Name string }

func Through[In, Out any](s Stream[In], stage Stage, step func(context.Context, In) (Out, error)) Stream[Out] {
	return Stream[Out]{}
}
