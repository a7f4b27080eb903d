package input

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	if err := os.Mkdir(path("sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"b.go", "a.go", "c.md", "sub/d.txt"} {
		if err := os.WriteFile(path(name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Files([]string{dir, path("c.md")}, "", ".go", ".txt")
	want := []string{path("a.go"), path("b.go"), path("sub/d.txt"), path("c.md")} // what is named counts whatever its name
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if got, err := Files([]string{dir}, "", ".png"); err == nil {
		t.Errorf("nothing fits, and got %v", got)
	}
	if got, err := Files([]string{path("none")}, ""); err == nil {
		t.Errorf("nothing is there, and got %v", got)
	}
	if got, err := Files(nil, "unicode/utf8", ".go"); err != nil || !slices.ContainsFunc(got, func(f string) bool { return filepath.Base(f) == "utf8.go" }) {
		t.Errorf("without arguments: %v, %v", got, err)
	}
}
