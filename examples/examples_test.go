// Package examples holds small programs with a flaw, each beside its mended
// twin; README.md lists them.
package examples

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// small makes each pair's work small enough for a test.
var small = map[string][]string{
	"collector": {"-rounds=1", "-workers=3"},
	"handoff":   {"-packages=fmt,sort"},
	"lines":     {"-packages=fmt", "-rounds=1"},
	"mergesort": {"-packages=fmt,sort", "-workers=5"},
	"shares":    {"-packages=fmt,sort,errors"},
	"sharpen":   {"-rounds=1"},
	"slots":     {"-packages=fmt,sort"},
	"tallies":   {"-packages=fmt", "-rounds=2", "-workers=3"},
	"thumbs":    {"-sizes=2", "-workers=3"},
	"wordcount": {"-packages=fmt,sort", "-workers=3"},
}

// A flaw costs time, never the answer.
func TestFlawedAndMendedAgree(t *testing.T) {
	for _, name := range pairs(t) {
		args, ok := small[name]
		if !ok {
			t.Errorf("%s has no small size in this test", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			flawed := run(t, "./"+name, args)
			mended := run(t, "./"+name+"/mended", args)
			if flawed != mended || strings.TrimSpace(flawed) == "" {
				t.Errorf("flawed: %smended: %s", flawed, mended)
			}
		})
	}
}

func TestReadmeListsEveryPair(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range pairs(t) {
		if !strings.Contains(string(readme), "| "+name+" |") {
			t.Errorf("README.md has no row for %s", name)
		}
	}
}

// pairs is the names of the directories that have a mended twin.
func pairs(t *testing.T) []string {
	t.Helper()
	twins, err := filepath.Glob("*/mended/main.go")
	if err != nil || len(twins) < 8 {
		t.Fatalf("found %d pairs, err %v", len(twins), err)
	}
	var names []string
	for _, twin := range twins {
		names = append(names, filepath.Dir(filepath.Dir(twin)))
	}
	return names
}

func run(t *testing.T, pkg string, args []string) string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"run", pkg}, args...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", pkg, err, stderr.String())
	}
	return string(out)
}
