package consume

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/trivet-go/trivet/task/limit"
)

// Rules say how items are worked on. The zero value is one worker that tries
// every item once; what fails is counted, and told to hooks.
type Rules[T any] struct {
	// Name stands in errors, hooks, traces and profiles.
	Name string

	// Workers is how many items are worked on at the same time; 0 means 1.
	Workers int

	// Ahead is how many items are held inside at most: those that workers have,
	// those that wait for one, or for their key, and those that wait to be
	// tried again. The queue keeps the rest. 0 means 4 a worker, and 64 at
	// least.
	Ahead int

	// Tries is how often an item is tried before it is put aside; 0 means once.
	Tries int

	// Backoff is how long an item waits before it is tried again.
	Backoff Backoff

	// DeadLetters gets every item that was put aside, on a worker's goroutine,
	// which works on nothing else until it returns. An error of DeadLetters
	// ends the consumer: the letter must not get lost. Without DeadLetters
	// they are counted only.
	DeadLetters func(context.Context, Letter[T]) error

	// Visibility is how long one attempt may take; 0 means as long as it
	// likes. After that its context is done, the attempt has failed, and
	// somebody else may try: what it returns later is ignored. [Extend] gives
	// an attempt more time.
	Visibility time.Duration

	// PerKey, if not nil, names the key of an item. Items with the same key are
	// worked on one after the other, in the order of the queue, also when one
	// of them must be tried again.
	PerKey func(T) string

	// Priority, if not nil, makes items with higher values overtake others.
	// One that has waited Ageing longer counts as one higher: an item of
	// priority p is never overtaken by one of priority p+n that comes more
	// than n times Ageing later. Ageing 0 means a second.
	Priority func(T) int
	Ageing   time.Duration

	// Limit, if not nil, has room for a certain number of attempts. Several
	// consumers, pipelines and groups can share one; an adaptive one throttles
	// them by what their steps can bear.
	Limit *limit.Limit

	// Grace is how long to wait for a step that was cancelled and does not
	// return; 0 means 10 seconds.
	Grace time.Duration
}

// Backoff is how long to wait before one more try: after the first failure up
// to First, after each further one up to twice as long, up to Most. The time is
// drawn evenly between zero and that ("full jitter", Brooker, AWS Architecture
// Blog, 2015), so that items that failed together do not come back together.
// The zero value waits up to 100 ms at first and 30 s at most.
type Backoff struct {
	First, Most time.Duration
}

func (b Backoff) after(tries int) time.Duration {
	first, most := b.First, b.Most
	if first == 0 {
		first = 100 * time.Millisecond
	}
	if most == 0 {
		most = max(first, 30*time.Second)
	}
	limit := most
	if shift := tries - 1; shift < 40 && first < most>>shift {
		limit = first << shift
	}
	return rand.N(limit + 1)
}

func (r *Rules[T]) check() error {
	var errs []error
	for _, n := range []struct {
		name  string
		value int64
	}{
		{"Workers", int64(r.Workers)}, {"Ahead", int64(r.Ahead)}, {"Tries", int64(r.Tries)},
		{"Visibility", int64(r.Visibility)}, {"Ageing", int64(r.Ageing)}, {"Grace", int64(r.Grace)},
		{"Backoff.First", int64(r.Backoff.First)}, {"Backoff.Most", int64(r.Backoff.Most)},
	} {
		if n.value < 0 {
			errs = append(errs, fmt.Errorf("consume: %s of %q is negative: 0 means the default", n.name, r.Name))
		}
	}
	return errors.Join(errs...)
}

// fill puts in the defaults.
func (r *Rules[T]) fill() {
	r.Workers = max(r.Workers, 1)
	r.Tries = max(r.Tries, 1)
	if r.Ahead == 0 {
		r.Ahead = max(8*r.Workers, 256)
	}
	if r.Ageing == 0 {
		r.Ageing = time.Second
	}
}

// A Letter is an item that was put aside, with all that is known of why.
type Letter[T any] struct {
	Item  T
	Tries int
	Errs  []error   // of each try, the first and the last ones if there were many
	Since time.Time // when the item was taken from the queue
}

// Err is the error of the last try.
func (l Letter[T]) Err() error { return l.Errs[len(l.Errs)-1] }

// maxErrs is how many errors a letter keeps.
const maxErrs = 8
