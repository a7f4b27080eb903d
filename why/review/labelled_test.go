package review_test

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/trivet-go/trivet/why"
	"github.com/trivet-go/trivet/why/review"
)

// snippet is a stretch of a file of testdata/labelled with a judgement made by
// reading it: it has the flaw that is named, or none.
type snippet struct {
	file        string
	first, last int
	flaws       []string // none = healthy
	found       []string
}

// snippets reads the labels of a file: "// flaw: RULE", "// flaw: RULE, RULE" or
// "// healthy" begins one.
func snippets(t *testing.T, root, name string) (all []*snippet) {
	f, err := os.Open(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	line := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line++
		text := lines.Text()
		label, isFlaw := strings.CutPrefix(text, "// flaw: ")
		if len(all) > 0 {
			all[len(all)-1].last = line
		}
		if !isFlaw && text != "// healthy" {
			continue
		}
		s := &snippet{file: filepath.ToSlash(name), first: line, last: line}
		if isFlaw {
			s.flaws = strings.Split(label, ", ")
		}
		all = append(all, s)
	}
	return all
}

// score counts what a rule finds.
type score struct{ right, wrong, missed int }

func (s score) precision() float64 { return share(s.right, s.right+s.wrong) }
func (s score) recall() float64    { return share(s.right, s.right+s.missed) }

func share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// TestLabelled reviews more than 200 small functions, each written and judged by
// hand, by all rules, and holds every rule to a precision of 95 %. Recall is
// printed: what a rule misses here it misses on purpose, to stay silent elsewhere.
func TestLabelled(t *testing.T) {
	root := filepath.Join("testdata", "labelled")
	all := readLabelled(t, filepath.Join(root, "*", "*.go"), root)
	all = append(all, readLabelled(t, filepath.Join("testdata", "actors", "*.go"), "testdata")...)
	settings := review.Settings{Dir: root, Env: append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "GOPROXY=off")}
	found := findings(t, settings)
	// Those about actors import the library, and are a package of its module.
	found = append(found, findings(t, review.Settings{Dir: "testdata"}, "./actors")...)
	for _, f := range found {
		name, number, _ := strings.Cut(f.Where, ":")
		line, _ := strconv.Atoi(number)
		i := slices.IndexFunc(all, func(s *snippet) bool { return s.file == name && s.first <= line && line <= s.last })
		if i < 0 {
			t.Errorf("%s: %s outside of every snippet", f.Where, f.Rule)
			continue
		}
		if !slices.Contains(all[i].found, f.Rule) {
			all[i].found = append(all[i].found, f.Rule)
		}
	}
	scores, healthy := map[string]score{}, 0
	for _, s := range all {
		if len(s.flaws) == 0 {
			healthy++
		}
		for _, flaw := range s.flaws {
			if !slices.Contains(s.found, flaw) {
				t.Logf("%s:%d: %s is missed", s.file, s.first, flaw)
				add(scores, flaw, score{missed: 1})
			}
		}
		for _, rule := range s.found {
			if slices.Contains(s.flaws, rule) {
				add(scores, rule, score{right: 1})
				continue
			}
			t.Logf("%s:%d: %s is found where it is not", s.file, s.first, rule)
			add(scores, rule, score{wrong: 1})
		}
	}
	t.Log("\n" + table(scores))
	t.Logf("%d snippets, %d of them healthy", len(all), healthy)
	if len(all) < 200 || 2*healthy < len(all) {
		t.Errorf("%d snippets, %d of them healthy: want 200, half healthy", len(all), healthy)
	}
	for _, r := range review.Rules() {
		s := scores[r.Name]
		if s.precision() < 0.95 || s.right == 0 {
			t.Errorf("%s: precision %.0f %%, %d found", r.Name, 100*s.precision(), s.right)
		}
	}
}

func findings(t *testing.T, settings review.Settings, patterns ...string) []why.Finding {
	result, err := settings.Packages(t.Context(), patterns...)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Failed) > 0 {
		t.Fatalf("%q", result.Failed)
	}
	return result.Findings()
}

func readLabelled(t *testing.T, pattern, root string) (all []*snippet) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	for _, file := range files {
		name, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, snippets(t, root, name)...)
	}
	return all
}

func add(scores map[string]score, rule string, s score) {
	was := scores[rule]
	scores[rule] = score{was.right + s.right, was.wrong + s.wrong, was.missed + s.missed}
}

func table(scores map[string]score) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-20s %6s %6s %7s %10s %7s\n", "rule", "right", "wrong", "missed", "precision", "recall")
	rules := review.Rules()
	slices.SortStableFunc(rules, func(x, y review.Rule) int { return cmp.Compare(x.Question, y.Question) })
	for _, r := range rules {
		s := scores[r.Name]
		fmt.Fprintf(&b, "%-20s %6d %6d %7d %9.0f%% %6.0f%%\n", r.Name, s.right, s.wrong, s.missed, 100*s.precision(), 100*s.recall())
	}
	return b.String()
}
