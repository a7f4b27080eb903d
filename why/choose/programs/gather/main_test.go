package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/trivet-go/trivet/flow/scatter"
)

// corpus writes files with 1, 2, 3 … times the word.
func corpus(t *testing.T, n int) (files []string) {
	dir, text := t.TempDir(), ""
	for range n {
		text += "why "
		file := filepath.Join(dir, string(rune('a'+len(files))))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// TestSearch: any number of shards gives the answer of one.
func TestSearch(t *testing.T) {
	files := corpus(t, 9)
	want := []hit{{files[8], 9}, {files[7], 8}, {files[6], 7}}
	for shards := 1; shards <= 10; shards++ {
		got, err := searcher(scatter.Rules{}, 3, deal(files, shards))(t.Context(), []string{"why"})
		if err != nil || !slices.Equal(got.hits, want) || len(got.missing) > 0 {
			t.Errorf("%d shards: got %v, %v, want %v", shards, got, err, want)
		}
	}
}

func TestSearchWithoutAShard(t *testing.T) {
	files := corpus(t, 4)
	if err := os.Remove(files[3]); err != nil {
		t.Fatal(err)
	}
	search := searcher(scatter.Rules{Partial: 1}, 3, deal(files, 2))
	got, err := search(t.Context(), []string{"why"})
	want := []hit{{files[2], 3}, {files[0], 1}}
	if err != nil || !slices.Equal(got.hits, want) || !slices.Equal(got.missing, []string{"1"}) {
		t.Errorf("got %v, %v, want %v without shard 1", got, err, want)
	}
	if _, err := searcher(scatter.Rules{}, 3, deal(files, 2))(t.Context(), []string{"why"}); err == nil {
		t.Error("all shards were wanted, one is gone, and there is no error")
	}
}
