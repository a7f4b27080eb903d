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
	want := counts{"dog": 2, "cat": 1}
	for workers := 1; workers <= 3; workers++ {
		for parts := 1; parts <= 5; parts++ {
			got := counts{}
			divided, err := countWords(t.Context(), maps.Keys(texts), read, workers, parts)
			for _, part := range divided {
				for word, n := range part {
					if got[word] != 0 {
						t.Errorf("%q is in two parts", word)
					}
					got[word] = n
				}
			}
			if err != nil || !maps.Equal(got, want) {
				t.Errorf("%d workers, %d parts: got %v, %v, want %v", workers, parts, got, err, want)
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
