package review_test

import (
	"flag"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trivet-go/trivet/why/review"
)

var update = flag.Bool("update", false, "write why/rules from the package comments")

// shared are rules that trivet explain finds too. Their texts tell of both.
var shared = []string{"tiny-tasks", "tiny-messages", "actor-computes", "lock-around-work", "lock-in-stage"}

// TestTextsAreThePackageComments: a rule is explained once, in its doc.go, and
// trivet why shows the same.
func TestTextsAreThePackageComments(t *testing.T) {
	for _, r := range review.Rules() {
		name := filepath.Join("..", "rules", r.Name+".md")
		text, err := os.ReadFile(name)
		if slices.Contains(shared, r.Name) {
			if err != nil || !strings.Contains(string(text), "trivet review") {
				t.Errorf("%s does not say that trivet review looks for it, %v", name, err)
			}
			continue
		}
		want := "# " + r.Title + "\n\n" + packageText(t, r.Name)
		if string(text) == want {
			continue
		}
		if !*update {
			t.Errorf("%s is not what the package comment says: go test ./why/review -update", name)
		} else if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Error(err)
		}
	}
}

// packageText is the package comment of a rule without its first paragraph,
// code indented as in the other texts.
func packageText(t *testing.T, name string) string {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.ReplaceAll(name, "-", ""), "doc.go"), nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(file.Doc.Text(), "\n\n")
	return strings.ReplaceAll(rest, "\t", "    ")
}
