package scatter

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet/bench/internal/contest"
)

// times are n, of which so many are slow.
func times(n, late int, quick time.Duration) []time.Duration {
	return slices.Concat(slices.Repeat([]time.Duration{quick}, n-late), slices.Repeat([]time.Duration{slow}, late))
}

// With exactly one slow reply in a hundred, chance decides what p99 is: the board
// must not call that a hit or a miss.
func TestTheEdgeIsNoVerdict(t *testing.T) {
	hedged := func(asked int64) *tail {
		h := &tail{took: times(9000, 0, usual)}
		h.asked.Store(asked)
		return h
	}
	for _, c := range []struct {
		name  string
		late  int   // calls out of 9000 without hedging
		asked int64 // requests with it
		want  string
	}{
		{"just below the edge", 89, 9100, "cannot be told"},
		{"just above the edge", 91, 9100, "cannot be told"},
		{"beyond the edge", 180, 9100, "50.0 times (50.0-50.0) for 1.1 %, met"},
		{"at too high a price", 180, 9500, "missed"},
		{"nothing was slow", 0, 9100, "missed"},
	} {
		if got := reached(&tail{took: times(9000, c.late, usual)}, hedged(c.asked)); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s; want %s", c.name, got, c.want)
		}
	}
}

func TestBetweenHoldsTheQuantile(t *testing.T) {
	var sorted []time.Duration
	for i := range 10000 {
		sorted = append(sorted, time.Duration(i))
	}
	low, high := between(sorted, 0.99)
	if low < 9870 || low > 9885 || high < 9915 || high > 9925 {
		t.Errorf("p99 of 10000 is between %d and %d; want 9900 and about 20 on either side", low, high)
	}
	if low, high = between(sorted[:3], 0.999); low < 0 || high != 2 {
		t.Errorf("p99.9 of three is between %d and %d", low, high)
	}
}

// An interrupt ends the calls, and is no wrong reply.
func TestTailEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(3*usual, func() { cancel(errors.New("interrupted")) })
		begin := time.Now()
		for _, way := range tails(100) {
			call(ctx, way.step)
		}
		if took := time.Since(begin); took != 3*usual {
			t.Errorf("ended after %v; want %v", took, 3*usual)
		}
	})
}

// Requests are counted for each way on its own: without hedging there is one a
// call, and ours keeps to its budget even where so many replies are slow that it
// does not suffice.
func TestExtraRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, way := range tails(20) {
			way.took = call(t.Context(), way.step)
			switch extra := way.extra(); {
			case way.role == contest.Reference && extra != 0:
				t.Errorf("%s: %.3f extra requests a call", way.who, extra)
			case way.role == contest.Ours && (extra == 0 || extra > more+0.001):
				t.Errorf("%s: %.3f extra requests a call, for a budget of %.3f", way.who, extra, more)
			}
		}
	})
}
