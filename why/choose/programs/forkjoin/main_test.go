package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestCountLines: however often it is split, the counts are those of one goroutine.
func TestCountLines(t *testing.T) {
	for _, n := range []int{0, 1, small, small + 1, 20 * small} {
		lines := make([]string, n)
		for i := range lines {
			lines[i] = fmt.Sprint(rand.IntN(100))
		}
		want := countSorted(slices.Sorted(slices.Values(lines)))
		got, err := countLines(t.Context(), lines)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%d lines: got %v, %v, want %v", n, got, err, want)
		}
	}
}

func TestCountLinesCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := countLines(ctx, []string{"b", "a"}); !errors.Is(err, context.Canceled) {
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
