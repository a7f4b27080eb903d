package goroot

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestSources(t *testing.T) {
	files, err := Sources("sort", "errors")
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(files, func(f File) bool { return f.Name == "sort/sort.go" })
	if at < 0 || !bytes.Contains(files[at].Data, []byte("package sort")) {
		t.Errorf("sort/sort.go is not among the %d files read, or is something else", len(files))
	}
	if !slices.IsSortedFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("files are not in the order of their names")
	}
}

func TestImages(t *testing.T) {
	files, err := Images()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Errorf("only %d images", len(files))
	}
}

func TestNoSuchDirectory(t *testing.T) {
	if _, err := Sources("no/such/directory"); err == nil {
		t.Error("no error for a directory that does not exist")
	}
}
