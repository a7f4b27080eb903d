package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestCountLines: whatever the grain, the counts are those of one goroutine.
func TestCountLines(t *testing.T) {
	lines := make([]string, 5001)
	for i := range lines {
		lines[i] = fmt.Sprint(rand.IntN(100))
	}
	want := countSorted(slices.Sorted(slices.Values(lines)))
	for _, grain := range []int{1, 7, 1000, 100_000} {
		got, err := countLines(t.Context(), slices.Clone(lines), grain)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("grain %d: got %v, %v, want %v", grain, got, err, want)
		}
	}
}

func TestCountLinesCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := countLines(ctx, []string{"b", "a"}, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func TestMost(t *testing.T) {
	counts := []count{{"a", 1}, {"b", 3}, {"c", 2}, {"d", 3}}
	want := []count{{"b", 3}, {"d", 3}, {"c", 2}, {"a", 1}}
	for k := 0; k <= len(want)+1; k++ {
		if got := most(counts, k); !slices.Equal(got, want[:min(k, len(want))]) {
			t.Errorf("the %d most frequent are %v", k, got)
		}
	}
}
