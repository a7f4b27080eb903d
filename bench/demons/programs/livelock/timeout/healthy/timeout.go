// Package timeout has a client that asks again when an answer takes too long,
// and a server that works on every question.
package timeout

import (
	"context"
	"time"
)

// Run returns how many of 5 questions were answered when ctx ended.
func Run(ctx context.Context) (answered int) {
	for range 5 {
		patience := 2 * time.Millisecond
		for ctx.Err() == nil && !ask(ctx, patience) {
			patience *= 2
		}
		if ctx.Err() == nil {
			answered++
		}
	}
	return answered
}

func ask(ctx context.Context, patience time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answer := make(chan struct{}, 1)
	go serve(ctx, answer)
	select {
	case <-answer:
		return true
	case <-ctx.Done():
		return false
	}
}

// serve takes longer than the client waits, and stops when nobody does.
func serve(ctx context.Context, answer chan<- struct{}) {
	select {
	case <-time.After(10 * time.Millisecond):
		answer <- struct{}{}
	case <-ctx.Done():
	}
}
