package inventory_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/trivet-go/trivet/why/inventory"
)

// is marks the line at which a fixture has a pattern.
var is = regexp.MustCompile(`// is: ([a-z/ -]+), ([a-z-]+)$`)

// TestFixtures: each fixture has the patterns that it says, and no other.
func TestFixtures(t *testing.T) {
	dirs, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		t.Run(dir.Name(), func(t *testing.T) {
			var got []string
			for _, p := range load(t, "./testdata/"+dir.Name()) {
				got = append(got, fmt.Sprintf("%s: %s, %s", p.Where, p.Kind, p.Origin))
			}
			want := marked(t, filepath.Join("testdata", dir.Name()))
			for _, w := range want {
				if !slices.Contains(got, w) {
					t.Errorf("not found: %s", w)
				}
			}
			for _, g := range got {
				if !slices.Contains(want, g) {
					t.Errorf("is none: %s", g)
				}
			}
			if len(want) < 4 {
				t.Errorf("only %d marks: are they still written as they are read?", len(want))
			}
		})
	}
}

func load(t *testing.T, names ...string) []inventory.Pattern {
	t.Helper()
	all, err := inventory.Load(context.Background(), inventory.Source{Names: names})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		for _, e := range p.Errors {
			t.Errorf("%v", e)
		}
	}
	return inventory.Of(all)
}

func marked(t *testing.T, dir string) (want []string) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		line := 0
		for l := range strings.Lines(string(text)) {
			line++
			if m := is.FindStringSubmatch(strings.TrimSpace(l)); m != nil {
				want = append(want, fmt.Sprintf("%s:%d: %s, %s", filepath.Base(file), line, m[1], m[2]))
			}
		}
	}
	slices.SortFunc(want, cmp.Compare)
	return want
}
