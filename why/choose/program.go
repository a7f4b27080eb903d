package choose

import (
	"bytes"
	"embed"
	"fmt"
	"go/format"
	"path"
	"regexp"
	"slices"
	"strings"
)

// programs has one for each leaf, by its name, and the package input that they
// all use.
//
//go:embed programs
var programs embed.FS

const (
	module    = "github.com/trivet-go/trivet"
	inputPath = module + "/why/choose/programs/input"
)

// Program gives the files of a small program of the leaf's kind, in a module of
// that path: main.go, main_test.go, input/input.go and README.md. Who writes
// them adds a go.mod that requires Trivet.
//
// It is the plain form of the stack. The README tells the notes of this answer.
func (a *Answer) Program(modulePath string) (map[string][]byte, error) {
	files := map[string][]byte{"README.md": a.readme(path.Base(modulePath))}
	for name, from := range map[string]string{
		"main.go":        a.Leaf + "/main.go",
		"main_test.go":   a.Leaf + "/main_test.go",
		"input/input.go": "input/input.go",
	} {
		text, err := programs.ReadFile("programs/" + from)
		if err != nil {
			return nil, err
		}
		text = bytes.ReplaceAll(text, []byte(inputPath), []byte(modulePath+"/input"))
		if files[name], err = format.Source(text); err != nil { // the order of imports has changed
			return nil, err
		}
	}
	return files, nil
}

// named are what a note names of a package, with fields if any: consume.Rules{Tries}.
var (
	named  = regexp.MustCompile(`\b([a-z]+\.[A-Z]\w*)(?:\{([^}]*)\})?`)
	fields = regexp.MustCompile(`(?:^|, )([A-Z]\w*)`)
)

// Lacks tells whether the program does not do what a note says: it does
// not import a package that the note brings, or not use a name that it names, or
// not set a field. Advice that names nothing is never lacking.
func (a *Answer) Lacks(n Note) bool {
	text, err := programs.ReadFile("programs/" + a.Leaf + "/main.go")
	if err != nil {
		return true
	}
	has := func(pattern string) bool { return regexp.MustCompile(pattern).Match(text) }
	for _, p := range n.packages {
		if !has(`"` + regexp.QuoteMeta(module+"/"+p) + `"`) {
			return true
		}
	}
	for _, name := range named.FindAllStringSubmatch(n.Use, -1) {
		if !has(`\b` + regexp.QuoteMeta(name[1]) + `\b`) {
			return true
		}
		for _, field := range fields.FindAllStringSubmatch(name[2], -1) {
			if !has(`\b` + field[1] + `:`) {
				return true
			}
		}
	}
	return false
}

func (a *Answer) readme(name string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s: %s\n\n%s\n\n", name, a.Title, a.Why)
	fmt.Fprint(&b, `    go test ./...           its tests
    go run .                on files of the Go installation
    go run . FILE...        on yours; directories are searched
    go run . -h             the flags
    trivet explain .        why it is or is not fast, and what more cores would bring

`)
	fmt.Fprint(&b, "| layer | pattern | why |\n|---|---|---|\n")
	for _, l := range a.Layers {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", l.Level, l.Pattern, l.Why)
	}
	fmt.Fprint(&b, "\n## To fit it to what you said\n\nThe program is the plain form of these patterns. What your answers add:\n\n")
	for _, n := range a.Notes {
		use := "Use "
		if a.Lacks(n) {
			use = "Not in the program: add "
		}
		fmt.Fprintf(&b, "- %s: %s. %s%s: %s.\n", n.Question, n.Answer, use, n.Use, n.Why)
	}
	if m := a.Model; m != nil {
		fmt.Fprintf(&b, "- What is shared: %s. %s.\n", m.Take, m.Why)
	}
	fmt.Fprint(&b, "\n## What was ruled out\n\n")
	for _, r := range a.RulesOut {
		fmt.Fprintf(&b, "- %s: %s.\n", r.What, r.Why)
	}
	fmt.Fprintf(&b, "\nMade by `trivet choose%s -new %s`.\n", a.Answers.Flags(), name)
	return b.Bytes()
}

// Flags are the answers as flags of trivet choose, each after a space.
func (a Answers) Flags() string {
	var b strings.Builder
	for _, q := range slices.Concat(questions, details) {
		if a[q.Name] != "" {
			fmt.Fprintf(&b, " -%s %s", q.Name, a[q.Name])
		}
	}
	return b.String()
}
