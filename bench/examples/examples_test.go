package examples

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/trivet-go/trivet/bench/internal/trivet"
)

// Every pair under examples/ is on the board, and the other way round.
func TestBoardHasEveryPair(t *testing.T) {
	twins, err := filepath.Glob("../../examples/*/mended/main.go")
	if err != nil || len(twins) != len(pairs) {
		t.Errorf("%d twins, %d pairs on the board, err %v", len(twins), len(pairs), err)
	}
	for _, p := range pairs {
		if _, err := os.Stat(filepath.Join("../../examples", p.name, "mended", "main.go")); err != nil {
			t.Error(err)
		}
	}
}

func TestBestWhatIf(t *testing.T) {
	thumbs := pair{"thumbs", lockGone}
	all := []trivet.WhatIf{
		{Change: "buy 4 cores", Where: "", Before: 8, After: 1},
		{Change: "halve the running time", Where: "main.go:51", Before: 8, After: 2},
		{Change: "remove the lock", Where: "sync/map.go:9", Before: 8, After: 3},
		{Change: "Remove the lock", Where: "main.go:44", Before: 8, After: 4},
		{Change: "shard the lock in 8", Where: "main.go:44", Before: 8, After: 5},
	}
	w, ok := best(all, thumbs)
	if !ok || w.After != 4 {
		t.Errorf("took %+v, %v; want the removal of the lock in the program's own file", w, ok)
	}
	if w, ok := best(all, pair{"shares", nil}); ok {
		t.Errorf("took %+v for a twin that no what-if stands for", w)
	}
	if w, ok := best(all[:3], thumbs); ok {
		t.Errorf("took %+v, which is no change of a lock of its own", w)
	}
}
