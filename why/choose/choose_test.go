package choose

import (
	"bytes"
	"go/parser"
	"go/token"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// all yields every combination of answers, without details.
func all() iter.Seq[Answers] {
	return func(yield func(Answers) bool) { vary(Answers{}, questions, yield) }
}

// allDeciding yields them with the details that the tree looks at, given and not.
func allDeciding() iter.Seq[Answers] {
	return func(yield func(Answers) bool) {
		for a := range all() {
			deciding := slices.DeleteFunc(a.Details(), func(q Question) bool { return q.Name != "work" && q.Name != "together" })
			for i := range deciding {
				deciding[i].Choices = append([]Choice{{}}, deciding[i].Choices...)
			}
			if !vary(a, deciding, yield) {
				return
			}
		}
	}
}

func vary(a Answers, rest []Question, yield func(Answers) bool) bool {
	if len(rest) == 0 {
		return yield(maps.Clone(a))
	}
	for _, c := range rest[0].Choices {
		a[rest[0].Name] = c.Name
		if !vary(a, rest[1:], yield) {
			return false
		}
	}
	return true
}

// TestEveryCombination: each has a whole answer, every leaf is reached, every
// branch, note, law and package is used, and no question is asked in vain: its
// answer decides or has a note.
func TestEveryCombination(t *testing.T) {
	combinations := 0
	reached := map[string]int{}
	used := map[string]bool{} // all sorts of things
	for a := range allDeciding() {
		if a["work"] == "" && a["together"] == "" {
			combinations++
		}
		got, err := Decide(a)
		if err != nil {
			t.Fatalf("%v: %v", a, err)
		}
		reached[got.Leaf]++
		used[got.Decided.Flags()+got.Leaf] = true
		for _, n := range got.Notes {
			used[n.Use+n.Why] = true
		}
		for _, l := range got.Laws {
			used[l.Name] = true
		}
		for _, p := range got.Packages {
			used[p.Path] = true
		}
		if len(got.Layers) != 3 || len(got.RulesOut) < 2 || len(got.Laws) == 0 || len(got.Packages) == 0 || len(got.Standard) == 0 || len(got.Otherwise) == 0 {
			t.Fatalf("%v: not whole: %+v", a, got)
		}
		for _, q := range questions {
			noted := slices.ContainsFunc(got.Notes, func(n Note) bool { return n.Question == q.Name })
			alone := q.Name == "machines" && a[q.Name] == "one" // the rest of the answer is about one machine
			if got.Decided[q.Name] == "" && !noted && !alone {
				t.Fatalf("%v: %s=%s changes nothing", a, q.Name, a[q.Name])
			}
		}
	}
	if combinations != 2*3*4*3*3*2*2 {
		t.Errorf("%d combinations", combinations)
	}
	if got := slices.Sorted(maps.Keys(reached)); !slices.Equal(got, slices.Sorted(maps.Keys(leaves))) || !slices.Equal(got, slices.Sorted(slices.Values(Leaves()))) {
		t.Errorf("reached %v", got)
	}
	must := func(what, name string) {
		if !used[name] {
			t.Errorf("the %s %q is in no answer", what, name)
		}
	}
	for _, b := range branches {
		must("branch", b.when.Flags()+b.leaf)
	}
	for _, n := range notes {
		must("note", n.Use+n.Why)
	}
	for _, l := range laws {
		must("law", l.Name)
	}
	for _, p := range packages {
		must("package", p.Path)
	}
}

// TestNamesInTables: what the tables call by name exists.
func TestNamesInTables(t *testing.T) {
	answers := func(where string, a Answers) {
		for name, answer := range a {
			all := slices.Concat(questions, details)
			i := slices.IndexFunc(all, func(q Question) bool { return q.Name == name })
			if i < 0 || !slices.Contains(all[i].Names(), answer) {
				t.Errorf("%s: no question %q, or no answer %q to it", where, name, answer)
			}
		}
	}
	names := func(where string, lawNames, paths []string) {
		for _, name := range lawNames {
			if laws[name].Name == "" {
				t.Errorf("%s: no law %q", where, name)
			}
		}
		for _, path := range paths {
			if !slices.ContainsFunc(packages, func(p Package) bool { return p.Path == path }) {
				t.Errorf("%s: no package %q", where, path)
			}
		}
	}
	for _, b := range branches {
		answers("branch to "+b.leaf, b.when)
	}
	for name, l := range leaves {
		names(name, l.laws, l.packages)
	}
	for _, n := range notes {
		answers("note "+n.Use, Answers{n.Question: n.Answer})
		names("note "+n.Use, n.laws, n.packages)
		for _, leaf := range n.leaves {
			if leaves[leaf].title == "" {
				t.Errorf("note %s: no leaf %q", n.Use, leaf)
			}
		}
	}
}

// TestHere: packages are said to be here if and only if they are.
func TestHere(t *testing.T) {
	for _, p := range packages {
		found, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(p.Path), "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		if here := len(found) > 0; here != p.Here || here == (p.Meanwhile != "") {
			t.Errorf("%s: %d Go files, Here is %v and Meanwhile %q: mend packages.go, and the program and the notes that do without it",
				p.Path, len(found), p.Here, p.Meanwhile)
		}
	}
}

// TestRoutes holds the tree to the two routes of the article.
func TestRoutes(t *testing.T) {
	for name, want := range map[string][]string{
		"forkjoin": {routeA, "scatter-gather", "fork-join, work stealing", "shared memory"},
		"pipeline": {routeB, "pipeline", "producer-consumer", "message passing"},
		"actors":   {routeB, "actor", "producer-consumer", "message passing"},
		"reactor":  {routeB, "reactor", "producer-consumer", "message passing"},
	} {
		l := leaves[name]
		if got := []string{l.route, l.layers[0].Pattern, l.layers[1].Pattern, l.layers[2].Pattern}; !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	for name, l := range leaves {
		if l.route == routeA && l.layers[0].Pattern != "scatter-gather" || l.route == routeB && l.layers[1].Pattern != "producer-consumer" {
			t.Errorf("%s leaves its route: %v", name, l.layers)
		}
	}
}

func TestDecideRefuses(t *testing.T) {
	full := func(change Answers) Answers {
		a := Answers{}
		for _, q := range questions {
			a[q.Name] = q.Choices[0].Name
		}
		maps.Copy(a, change)
		return a
	}
	for want, a := range map[string]Answers{
		"choose: no answer for objective":                                {},
		"choose: no answer for order":                                    full(Answers{"order": ""}),
		"choose: there is no question colour":                            full(Answers{"colour": "red"}),
		`choose: aim: "fast" is not one of throughput, latency`:          full(Answers{"aim": "fast"}),
		`choose: work: "hard" is not one of moment, short, long, waits`:  full(Answers{"state": "write", "work": "hard"}),
		"choose: tasks says nothing about a calculation with state read": full(Answers{"state": "read", "tasks": "many"}),
		"choose: size says nothing about a calculation with state none":  full(Answers{"size": "blob"}),
	} {
		if _, err := Decide(a); err == nil || err.Error() != want {
			t.Errorf("%v: got %v, want %s", a, err, want)
		}
	}
}

// TestProgram: every leaf has a program that uses packages of Trivet that are
// here, and nothing else beside the standard library.
func TestProgram(t *testing.T) {
	seen := map[string]bool{}
	for a := range all() {
		answer, err := Decide(a)
		if err != nil {
			t.Fatal(err)
		}
		if seen[answer.Leaf] {
			continue
		}
		seen[answer.Leaf] = true
		files, err := answer.Program("example.com/x")
		if err != nil {
			t.Fatal(err)
		}
		if len(files) != 4 || !bytes.Contains(files["README.md"], []byte("trivet choose"+a.Flags()+" -new x")) {
			t.Errorf("%s: files %v", answer.Leaf, slices.Collect(maps.Keys(files)))
		}
		for name, text := range files {
			if filepath.Ext(name) == ".go" {
				checkImports(t, answer.Leaf+"/"+name, text)
			}
		}
	}
}

func checkImports(t *testing.T, name string, text []byte) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		below, ours := strings.CutPrefix(path, module+"/")
		here := slices.ContainsFunc(packages, func(p Package) bool { return p.Here && p.Path == below })
		if ours && !here || strings.Contains(path, ".") && !ours && path != module && path != "example.com/x/input" {
			t.Errorf("%s imports %s", name, path)
		}
	}
}

// TestProgramsAreLeaves: no program without a leaf.
func TestProgramsAreLeaves(t *testing.T) {
	entries, err := os.ReadDir("programs")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if leaves[e.Name()].title == "" && e.Name() != "input" {
			t.Errorf("programs/%s belongs to no leaf", e.Name())
		}
	}
}

// TestLacks: what a note names, the program has, or it is said that it does not.
func TestLacks(t *testing.T) {
	for _, c := range []struct {
		leaf string
		note Note
		want bool
	}{
		{"consumer", Note{Use: "consume.Rules{Tries, Backoff, Visibility, DeadLetters}, and steps that may run twice"}, false},
		{"consumer", Note{Use: "consume.Rules{PerKey} with the smallest key that will do"}, true},
		{"gather", Note{Use: "consume.Rules{Tries}"}, true},
		{"gather", Note{Use: "scatter.Rules{Partial: 1}, and the names of the missing shards in the answer"}, false},
		{"pipeline", Note{Use: "pipeline.PerKey"}, true},
		{"pipeline", Note{Use: "pipeline.Stage{Ordered: true}"}, false},
		{"reactor", Note{Use: "many workers below one limit: limit.Rules{Adapt: &limit.Gradient{}}"}, true},
		{"reactor", Note{Use: "lockfree.Snapshot, loaded once an item", packages: []string{"state/lockfree"}}, false},
		{"forkjoin", Note{Use: "read ahead", packages: []string{"flow/pipeline"}}, true},
		{"forkjoin", Note{Use: "results as they are ready"}, false},
	} {
		if got := (&Answer{Leaf: c.leaf}).Lacks(c.note); got != c.want {
			t.Errorf("%s, %s: lacks %v, want %v", c.leaf, c.note.Use, got, c.want)
		}
	}
}
