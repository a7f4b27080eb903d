package main

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheck: findings come in the order of the files, whatever the number of
// workers, and a broken file is told and stops nobody.
func TestCheck(t *testing.T) {
	dir, want := t.TempDir(), ""
	var files []string
	write := func(name, text string) {
		files = append(files, filepath.Join(dir, name))
		if err := os.WriteFile(files[len(files)-1], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("broken.go", "package")
	for i := range 50 {
		write(fmt.Sprintf("f%d.go", i), "package p\n\n// A is.\nfunc A() {}\n\nfunc B() {}\n\nfunc c() {}\n")
		want += files[len(files)-1] + ":6:1: B\n"
	}
	var told, out bytes.Buffer
	log.SetOutput(&told)
	defer log.SetOutput(os.Stderr)
	for *parsers = 1; *parsers <= 8; *parsers++ {
		out.Reset()
		told.Reset()
		if err := check(t.Context(), files, &out).Wait(); err != nil || out.String() != want {
			t.Errorf("%d parsers: %v, got\n%s", *parsers, err, &out)
		}
		if n := strings.Count(told.String(), "broken.go"); n != 1 {
			t.Errorf("%d parsers: told of the broken file %d times", *parsers, n)
		}
	}
}

func TestCheckNoSuchFile(t *testing.T) {
	if err := check(t.Context(), []string{"no such file"}, os.Stdout).Wait(); err == nil {
		t.Error("no error")
	}
}
