package goroot

import (
	"bytes"
	"os/exec"
	"path/filepath"
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

// However the installation is found, it is the same one.
func TestSourceDir(t *testing.T) {
	t.Setenv("GOROOT", "")
	found, err := sourceDir()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	want, err := filepath.EvalSymlinks(filepath.Join(strings.TrimSpace(string(out)), "src"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := filepath.EvalSymlinks(found); err != nil || got != want {
		t.Errorf("found %s, err %v; go env says %s", got, err, want)
	}

	t.Setenv("GOROOT", filepath.Dir(want))
	if named, err := sourceDir(); err != nil || named != want {
		t.Errorf("with GOROOT set: %s, err %v; want %s", named, err, want)
	}
	t.Setenv("GOROOT", "")
	t.Setenv("PATH", t.TempDir())
	if _, err := sourceDir(); err == nil {
		t.Error("no error without GOROOT and without a go command")
	}
}
