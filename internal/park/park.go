// Package park is how the goroutines of state, task and flow wait: on channels
// that the waiting instance made itself, and never longer than their context
// lives.
//
// A [Spot] is the place of one goroutine, where another one leaves it a token.
// A [Line] is a first-come, first-served line of goroutines that wait until
// something can be done: until a queue has an item, or a limit has room.
// DESIGN.md has the protocol, and the reason why no wake-up is lost.
//
// Waiting allocates nothing in the long run: a Line keeps the Spots of those
// who have left and gives them to the next. They belong to the Line, and so
// to the testing/synctest bubble it is used in, if any. For the same reason a
// Line that has been waited at in one bubble must not be used in another; the
// same holds for a channel.
package park

import (
	"context"
	"errors"
	"time"
)

// A Spot is where one goroutine waits for a token from another. It is for
// state that a mutex guards and that is handed over directly: whoever gives
// also notes, under the mutex, that it has given.
type Spot struct{ token chan struct{} }

// NewSpot returns a Spot without a token.
func NewSpot() Spot { return Spot{make(chan struct{}, 1)} }

// Park waits for the token and takes it. It returns nil if it did, and the
// cause of ctx if that was done first.
//
// The token may come at the same time. After an error the caller must find
// out, under the mutex of what it waits for, whether it has been given
// something: then the token is there, and [Spot.Take] takes it.
func (s Spot) Park(ctx context.Context) error {
	done := ctx.Done()
	if done == nil {
		<-s.token
		return nil
	}
	select {
	case <-s.token:
		return nil
	case <-done:
		return context.Cause(ctx)
	}
}

// Unpark leaves a token. It never blocks, and must not be called again before
// the token has been taken.
func (s Spot) Unpark() {
	select {
	case s.token <- struct{}{}:
	default:
		panic("park: a second token for the same spot")
	}
}

// Take takes a token that has been left for certain.
func (s Spot) Take() { <-s.token }

// ParkFor is Park for the time d at most; then it returns [ErrLate], with the
// same consequences as any other error.
func (s Spot) ParkFor(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-s.token:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return ErrLate
	}
}

// ErrLate is returned when no token came in time.
var ErrLate = errors.New("park: no token in time")
