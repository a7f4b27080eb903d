package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/trivet-go/trivet/task/mapreduce"
)

func in(files ...string) mapreduce.Input {
	texts := fstest.MapFS{"a": {Data: []byte("dog cat")}, "b": {Data: []byte("dog\n")}, "c": {}}
	for i := range 20_000 { // more than the least memory has room for
		texts["b"].Data = fmt.Appendf(texts["b"].Data, "word%d\n", i)
	}
	return mapreduce.Input{Files: files, FS: texts}
}

// TestCountWords: the counts are the same, whatever fits into memory.
func TestCountWords(t *testing.T) {
	want := []count{{"dog", 2}, {"cat", 1}}
	for _, memory := range []int64{0, 1 << 16} {
		different, most, err := countWords(t.Context(), in("a", "b", "c"), memory, 2)
		if err != nil || different != 20_002 || !slices.Equal(most, want) {
			t.Errorf("memory %d: %d words, the most frequent %v, %v", memory, different, most, err)
		}
	}
}

func TestCountWordsFails(t *testing.T) {
	if _, _, err := countWords(t.Context(), in("a", "gone"), 0, 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want %v", err, fs.ErrNotExist)
	}
}
