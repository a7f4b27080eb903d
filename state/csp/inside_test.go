package csp

import (
	"context"
	"testing"
	"time"
)

// A batch ends in time although its channel never gets empty.
func TestFillLooksAtTheTimer(t *testing.T) {
	c := make(chan int, 10*lookEvery)
	for range cap(c) {
		c <- 0
	}
	timeUp := make(chan time.Time, 1)
	timeUp <- time.Time{}
	if batch := fill(context.Background(), c, []int{0}, 1<<40, true, timeUp); len(batch) != lookEvery {
		t.Errorf("%d values after the time was up", len(batch))
	}
}
