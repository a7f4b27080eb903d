package main

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"testing"
)

var texts = map[string]string{"a": "dog, cat", "b": "dog", "c": ""}

func read(name string) ([]byte, error) {
	text, ok := texts[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return []byte(text), nil
}

// TestCountWords: the counts do not depend on how the work is divided.
func TestCountWords(t *testing.T) {
	want := []count{{"dog", 2}, {"cat", 1}}
	for workers := 1; workers <= 3; workers++ {
		for parts := 1; parts <= 5; parts++ {
			divided, err := countWords(t.Context(), maps.Keys(texts), read, workers, parts)
			got := slices.SortedFunc(slices.Values(slices.Concat(divided...)), moreFrequent)
			if err != nil || len(divided) != parts || !slices.Equal(got, want) {
				t.Errorf("%d workers, %d parts: got %v, %v, want %v", workers, parts, divided, err, want)
			}
		}
	}
}

func TestCountWordsFails(t *testing.T) {
	_, err := countWords(t.Context(), slices.Values([]string{"a", "gone"}), read, 2, 2)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want %v", err, fs.ErrNotExist)
	}
}
