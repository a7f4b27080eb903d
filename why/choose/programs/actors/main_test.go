package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"
)

// TestDigests: each directory has the checksum of its files in order.
func TestDigests(t *testing.T) {
	root := t.TempDir()
	var files []string
	want := map[string][]byte{}
	for d := range 5 {
		dir, all := filepath.Join(root, fmt.Sprint(d)), ""
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for f := range 20 {
			text := fmt.Sprint(d, f)
			files = append(files, filepath.Join(dir, fmt.Sprint(f)))
			if err := os.WriteFile(files[len(files)-1], []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			all += text
		}
		sum := sha256.Sum256([]byte(all))
		want[dir] = sum[:]
	}
	got, err := digests(t.Context(), files)
	if err != nil || !maps.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("%v, got %x, want %x", err, got, want)
	}
}

func TestDigestsNoSuchFile(t *testing.T) {
	if _, err := digests(t.Context(), []string{"no such file"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestDigestsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := digests(ctx, []string{"main.go"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
