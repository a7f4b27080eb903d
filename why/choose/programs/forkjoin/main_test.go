package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

// TestSortLines: whatever the grain, the result is that of one goroutine.
func TestSortLines(t *testing.T) {
	lines := make([]string, 10_001)
	for i := range lines {
		lines[i] = strconv.Itoa(rand.IntN(1000))
	}
	want := slices.Sorted(slices.Values(lines))
	for _, grain := range []int{1, 7, 1000, 100_000} {
		got := slices.Clone(lines)
		if err := sortLines(t.Context(), got, make([]string, len(got)), grain); err != nil || !slices.Equal(got, want) {
			t.Errorf("grain %d: not sorted, %v", grain, err)
		}
	}
}

func TestSortLinesCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	lines := []string{"b", "a"}
	if err := sortLines(ctx, lines, make([]string, 2), 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func TestFrequent(t *testing.T) {
	got := frequent([]string{"cat", "dog", "dog"})
	if want := []count{{"dog", 2}, {"cat", 1}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
