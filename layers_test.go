package trivet_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// Imports only point down. The library and the command are two stacks on the
// root package; a folder may import itself, what stands below it in its own
// stack, and the root package. They meet through execution traces, profiler
// labels and Hooks, never through imports.
var stacks = [][][]string{
	{{"."}, {"internal/spawn", "internal/park"}, {"state"}, {"task"}, {"flow"}, {"engine"}, {"systems"}},
	{{"."}, {"internal/program", "internal/overlay", "internal/record", "internal/show"}, {"why"}, {"cmd"}},
}

// Users of the stacks: they may import anything, and nothing imports them. The
// programs of why/choose are embedded by it as text.
var users = []string{"examples", "engine/bolt/examples", "bench", "docs", "why/choose/programs"}

// What the root module may need beside the standard library. Nested modules
// have a go.mod of their own to say it.
var (
	allowed         = []string{"golang.org/x/"}
	allowedForTests = []string{"pgregory.net/rapid", "github.com/rogpeppe/go-internal/", "github.com/anishathalye/porcupine"}
)

// In these folders nothing but internal/spawn starts goroutines, and nothing
// waits without watching a context.
var (
	joined    = []string{"internal/park", "state", "task", "flow"}
	starter   = "internal/spawn"
	notJoined = []string{"sync.WaitGroup", "errgroup.Group", "time.Sleep"}
)

const modulePath = "github.com/trivet-go/trivet"

func TestLayers(t *testing.T) {
	packages, complaints := checkLayers(os.DirFS("."))
	for _, c := range complaints {
		t.Error(c)
	}
	if packages < 3 {
		t.Errorf("saw only %d packages: the check looks in the wrong place", packages)
	}
}

// Each seed is one flaw in an otherwise healthy tree, and the only complaint.
func TestLayersSeeded(t *testing.T) {
	healthy := map[string]string{
		"trivet.go":                     "// Package trivet is.\npackage trivet\nimport _ `context`",
		"trivet_test.go":                "package trivet_test\nimport _ `pgregory.net/rapid`",
		"internal/spawn/spawn.go":       "// Package spawn is.\npackage spawn\nimport _ `github.com/trivet-go/trivet`\nfunc f() { go f() }",
		"state/bounded/q.go":            "// Package bounded is.\npackage bounded\nimport _ `github.com/trivet-go/trivet/internal/spawn`",
		"state/bounded/q_test.go":       "package bounded\nfunc f() { go f() }",
		"task/scoped/s.go":              "// Package scoped is.\npackage scoped\nimport _ `github.com/trivet-go/trivet/state/bounded`",
		"why/why.go":                    "// Package why is.\npackage why\nimport _ `golang.org/x/exp/trace`",
		"cmd/trivet/main.go":            "// Trivet explains.\npackage main\nimport _ `github.com/trivet-go/trivet/why`",
		"why/choose/programs/x/main.go": "// X is.\npackage main\nimport _ `github.com/trivet-go/trivet/task/scoped`",
		"cmd/trivet/testdata/x/main.go": "package broken\nimport _ `github.com/nobody/x`",
		"engine/bolt/go.mod":            "module github.com/trivet-go/trivet/engine/bolt",
		"engine/bolt/b.go":              "// Package bolt is.\npackage bolt\nimport _ `go.etcd.io/bbolt`\nimport _ `github.com/trivet-go/trivet/task/scoped`",
		"engine/bolt/examples/x/x.go":   "// X is.\npackage main\nimport _ `github.com/trivet-go/trivet/engine/bolt`\nimport _ `github.com/trivet-go/trivet/examples/x`",
		"bench/main.go":                 "// Bench measures.\npackage main\nimport _ `github.com/trivet-go/trivet/cmd/trivet`\nimport _ `github.com/trivet-go/trivet/task/scoped`",
	}
	for _, seed := range []struct{ flaw, file, text, want string }{
		{"none", "doc.txt", "", ""},
		{"upward import", "state/bounded/up.go", "package bounded\nimport _ `github.com/trivet-go/trivet/task/scoped`",
			"state/bounded/up.go: state imports task/scoped: imports only point down"},
		{"upward import by a test", "state/bounded/up_test.go", "package bounded\nimport _ `github.com/trivet-go/trivet/task/scoped`",
			"state/bounded/up_test.go: state imports task/scoped: imports only point down"},
		{"library imports why", "task/scoped/why.go", "package scoped\nimport _ `github.com/trivet-go/trivet/why`",
			"task/scoped/why.go: task imports why, of the other stack"},
		{"why imports library", "why/lib.go", "package why\nimport _ `github.com/trivet-go/trivet/internal/spawn`",
			"why/lib.go: why imports internal/spawn, of the other stack"},
		{"root imports spawn", "up.go", "package trivet\nimport _ `github.com/trivet-go/trivet/internal/spawn`",
			"up.go: . imports internal/spawn: imports only point down"},
		{"root imports a module", "ext.go", "package trivet\nimport _ `golang.org/x/sync/errgroup`",
			"ext.go: package trivet needs the standard library only, not golang.org/x/sync/errgroup"},
		{"why imports a user", "why/user.go", "package why\nimport _ `github.com/trivet-go/trivet/bench`",
			"why/user.go: why imports bench, which is for nobody to import"},
		{"engine imports an example", "engine/bolt/ex.go", "package bolt\nimport _ `github.com/trivet-go/trivet/examples/x`",
			"engine/bolt/ex.go: engine imports examples/x, which is for nobody to import"},
		{"why imports a program", "why/user.go", "package why\nimport _ `github.com/trivet-go/trivet/why/choose/programs/input`",
			"why/user.go: why imports why/choose/programs/input, which is for nobody to import"},
		{"unknown module", "why/ext.go", "package why\nimport _ `github.com/nobody/x`",
			"why/ext.go: github.com/nobody/x is not among the modules allowed here"},
		{"test module outside of tests", "why/ext.go", "package why\nimport _ `pgregory.net/rapid`",
			"why/ext.go: pgregory.net/rapid is not among the modules allowed here"},
		{"unknown folder", "utils/u.go", "// Package utils is.\npackage utils",
			"utils/u.go: utils stands in no layer: give it a place in layers_test.go"},
		{"go statement", "state/bounded/go.go", "package bounded\nfunc f() { go f() }",
			"state/bounded/go.go:2: go statement: start goroutines with internal/spawn"},
		{"second go statement of spawn", "internal/spawn/more.go", "package spawn\nfunc g() { go f() }",
			"internal/spawn: go statements at internal/spawn/more.go:2, internal/spawn/spawn.go:4: one is enough"},
		{"WaitGroup", "task/scoped/wg.go", "package scoped\nimport `sync`\nvar wg sync.WaitGroup",
			"task/scoped/wg.go:3: sync.WaitGroup: start goroutines with internal/spawn, wait with internal/park"},
		{"no package comment", "why/law/law.go", "package law",
			"why/law: no package comment"},
	} {
		t.Run(seed.flaw, func(t *testing.T) {
			tree := fstest.MapFS{seed.file: {Data: []byte(seed.text)}}
			for file, text := range healthy {
				tree[file] = &fstest.MapFile{Data: []byte(text)}
			}
			_, complaints := checkLayers(tree)
			if got := strings.Join(complaints, "\n"); got != seed.want {
				t.Errorf("got  %s\nwant %s", got, seed.want)
			}
		})
	}
}

// checkLayers reads every Go file below tree, of every platform and module,
// and returns the number of packages and what is wrong with them.
func checkLayers(tree fs.FS) (packages int, complaints []string) {
	commented := map[string]bool{} // by folder; false until a package comment is seen
	var starts []string            // the go statements of internal/spawn
	modules := map[string]bool{".": true}
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if base := path.Base(name); name != "." && (base == "testdata" || strings.HasPrefix(base, ".")) {
				return fs.SkipDir
			}
			if _, err := fs.Stat(tree, path.Join(name, "go.mod")); err == nil {
				modules[name] = true
			}
			return nil
		case !strings.HasSuffix(name, ".go"):
			return nil
		}
		f, err := readGoFile(tree, name)
		if err != nil {
			return err
		}
		f.nested = nearest(modules, name) != "."
		complaints = append(complaints, f.complaints()...)
		if !f.test {
			commented[f.dir] = commented[f.dir] || f.syntax.Doc != nil
		}
		if !f.test && within([]string{starter}, f.dir) {
			starts = append(starts, f.goStatements()...)
		}
		return nil
	})
	if err != nil {
		complaints = append(complaints, err.Error())
	}
	if len(starts) > 1 {
		complaints = append(complaints, starter+": go statements at "+strings.Join(starts, ", ")+": one is enough")
	}
	for _, dir := range slices.Sorted(maps.Keys(commented)) {
		if !commented[dir] {
			complaints = append(complaints, dir+": no package comment")
		}
	}
	return len(commented), complaints
}

// nearest returns the innermost folder of modules that holds name.
func nearest(modules map[string]bool, name string) string {
	dir := path.Dir(name)
	for !modules[dir] {
		dir = path.Dir(dir)
	}
	return dir
}

type goFile struct {
	name, dir string
	test      bool
	nested    bool // in a module of its own
	fset      *token.FileSet
	syntax    *ast.File
}

func readGoFile(tree fs.FS, name string) (*goFile, error) {
	text, err := fs.ReadFile(tree, name)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	return &goFile{
		name:   name,
		dir:    path.Dir(name),
		test:   strings.HasSuffix(name, "_test.go"),
		fset:   fset,
		syntax: syntax,
	}, err
}

func (f *goFile) complaints() (all []string) {
	if place(f.dir) == "" {
		return []string{fmt.Sprintf("%s: %s stands in no layer: give it a place in layers_test.go", f.name, f.dir)}
	}
	for _, spec := range f.syntax.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			all = append(all, err.Error())
		}
		if complaint := f.judgeImport(imported); complaint != "" {
			all = append(all, f.name+": "+complaint)
		}
	}
	if !f.test && within(joined, f.dir) {
		all = append(all, f.unjoined()...)
	}
	return all
}

func (f *goFile) judgeImport(imported string) string {
	if imported == modulePath || strings.HasPrefix(imported, modulePath+"/") {
		dir := strings.TrimPrefix(strings.TrimPrefix(imported, modulePath), "/")
		return judgeLayers(place(f.dir), path.Clean(dir))
	}
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case !strings.Contains(first, "."): // the standard library
	case f.nested:
	case f.test && hasPrefix(allowedForTests, imported):
	case f.dir == "." && !f.test:
		return "package trivet needs the standard library only, not " + imported
	case !hasPrefix(allowed, imported):
		return imported + " is not among the modules allowed here"
	}
	return ""
}

// judgeLayers says what is wrong with an import of the folder dir by the place
// from, if anything.
func judgeLayers(from, dir string) string {
	to := place(dir)
	switch {
	case from == to || slices.Contains(users, from):
		return ""
	case to == "":
		return fmt.Sprintf("%s imports %s, which stands in no layer", from, dir)
	case slices.Contains(users, to):
		return fmt.Sprintf("%s imports %s, which is for nobody to import", from, dir)
	}
	for _, stack := range stacks {
		lower, upper := level(stack, to), level(stack, from)
		if lower < 0 || upper < 0 {
			continue
		}
		if lower > upper {
			return fmt.Sprintf("%s imports %s: imports only point down", from, dir)
		}
		return ""
	}
	return fmt.Sprintf("%s imports %s, of the other stack", from, dir)
}

// place returns the entry of stacks or users that the folder dir belongs to.
func place(dir string) string {
	for _, p := range users {
		if within([]string{p}, dir) {
			return p
		}
	}
	for _, stack := range stacks {
		for _, floor := range stack {
			for _, p := range floor {
				if within([]string{p}, dir) {
					return p
				}
			}
		}
	}
	return ""
}

func level(stack [][]string, place string) int {
	return slices.IndexFunc(stack, func(floor []string) bool { return slices.Contains(floor, place) })
}

func within(places []string, dir string) bool {
	return slices.ContainsFunc(places, func(p string) bool { return dir == p || strings.HasPrefix(dir, p+"/") })
}

func hasPrefix(prefixes []string, s string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s+"/", strings.TrimSuffix(p, "/")+"/") })
}

// goStatements returns where the file starts goroutines.
func (f *goFile) goStatements() (places []string) {
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		if _, ok := n.(*ast.GoStmt); ok {
			places = append(places, f.place(n))
		}
		return true
	})
	return places
}

// unjoined finds goroutines and waits that escape internal/spawn and
// internal/park.
func (f *goFile) unjoined() (all []string) {
	for _, start := range f.goStatements() {
		all = append(all, start+": go statement: start goroutines with internal/spawn")
	}
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		if n, ok := n.(*ast.SelectorExpr); ok {
			x, ok := n.X.(*ast.Ident)
			if ok && slices.Contains(notJoined, x.Name+"."+n.Sel.Name) {
				all = append(all, fmt.Sprintf("%s: %s.%s: start goroutines with internal/spawn, wait with internal/park", f.place(n), x.Name, n.Sel.Name))
			}
		}
		return true
	})
	return all
}

func (f *goFile) place(n ast.Node) string {
	return fmt.Sprintf("%s:%d", f.name, f.fset.Position(n.Pos()).Line)
}
