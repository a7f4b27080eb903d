package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	spans    = regexp.MustCompile("`([^`]+)`")
	links    = regexp.MustCompile(`\]\(([^)]+)\)`)
	folders  = regexp.MustCompile(`^(?:state|task|flow|why|cmd|examples|systems|internal|engine|docs|bench)(?:/[\w.-]+)*$`)
	symbols  = regexp.MustCompile(`^([a-z]\w*)\.([A-Z]\w*)$`)
	local    = regexp.MustCompile(`(?:^| )\.?/?((?:docs|why|examples|systems|state|task|flow|cmd)(?:/[\w.-]+)*)`)
	trivet   = regexp.MustCompile(`(?:^|\| )trivet (\w+)`)
	rule     = regexp.MustCompile(`^trivet why ([\w-]+)$`)
	examples = regexp.MustCompile(`go test -v -run '([^']+)' \./([\w/]+)`)
)

// A guide that names something that is not there, or calls missing what is.
func TestNamesExist(t *testing.T) {
	sections := readGuide(t)
	for _, complaint := range checkNames(sections, newTree(t, "..")) {
		t.Error("GUIDE.md:" + complaint)
	}
}

// Every section says what the article says and what is here, and shows it or
// says that it is not built yet.
func TestSectionsAreWhole(t *testing.T) {
	for _, complaint := range checkSections(readGuide(t)) {
		t.Error("GUIDE.md:" + complaint)
	}
}

func TestFaultsAreFound(t *testing.T) {
	healthy := "## A\n**The article:** x.\n\n**Here:** `state/guarded`, `guarded.Do2`. `task/nothing` is not built yet.\n" +
		"```go\nfrom, to := guarded.Of(100), guarded.Of(0)\n```\n" +
		"```console\n$ go test -v -run '^ExampleDo2$' ./state/guarded\nok\n```\n[b](#not-built-yet) [c](which-flow.md)\n" +
		"## Not built yet\n| `task/nothing` | x |\n| `trivet nothing` | x |\n"
	for _, seed := range []struct{ from, to, want string }{
		{"", "", ""},
		{"`state/guarded`", "`state/garded`", "4: state/garded does not exist"},
		{"guarded.Do2", "guarded.Do9", "4: package guarded has no Do9"},
		{"guarded.Do2", "gardened.Do2", "4: no package gardened"},
		{"is not built yet", "is fast", "4: task/nothing is missing, and the text does not say so"},
		{"| `task/nothing`", "| `task/scoped`", "4: task/nothing does not exist\n14: task/scoped exists; say what it does instead"},
		{"`trivet nothing`", "`trivet law`", "15: trivet law exists; say what it does instead"},
		{"Of(100)", "Of(99)", "6: not from an Example of the command below: from, to := guarded.Of(99), guarded.Of(0)"},
		{"^ExampleDo2", "^ExampleDont", "6: no Example for the code\n9: no Example or test of state/guarded matches ^ExampleDont$"},
		{"./state/guarded\n", "./state/gone\n", "6: no Example for the code\n9: state/gone does not exist\n9: no Example or test of state/gone matches ^ExampleDo2$"},
		{"$ go", "$ trivet lie; go", "9: trivet has no command lie"},
		{"$ go", "$ rm", "9: only the go command and trivet are run: rm test -v -run '^ExampleDo2$' ./state/guarded\n6: no Example for the code"},
		{"#not-built-yet", "#built", "12: no heading for #built"},
		{"which-flow.md", "that-flow.md", "12: that-flow.md does not exist"},
		{"**Here:**", "Here:", "1: A does not say what is here"},
		{"```console\n", "```\n", "1: A shows no command, and does not say that it is not built yet"},
	} {
		text := strings.Replace(healthy, seed.from, seed.to, 1)
		if seed.to == "```\n" { // then the words must not excuse it
			text = strings.Replace(text, notBuilt, "late", 1)
		}
		sections := parseGuide(text)
		got := append(checkNames(sections, newTree(t, "..")), checkSections(sections)...)
		if !sameLines(got, seed.want) {
			t.Errorf("%q for %q:\ngot  %s\nwant %s", seed.to, seed.from, strings.Join(got, "\n"), seed.want)
		}
	}
}

// sameLines is whether every line of want is among got, and none if want is
// empty: one fault may have several consequences.
func sameLines(got []string, want string) bool {
	if want == "" {
		return len(got) == 0
	}
	all := "\n" + strings.Join(got, "\n") + "\n"
	for line := range strings.SplitSeq(want, "\n") {
		if !strings.Contains(all, "\n"+line+"\n") {
			return false
		}
	}
	return true
}

func checkSections(sections []*section) (complaints []string) {
	for _, s := range sections {
		words := s.words()
		if !strings.Contains(words, "**The article:**") {
			continue
		}
		if !strings.Contains(words, "**Here:**") {
			complaints = append(complaints, fmt.Sprintf("%d: %s does not say what is here", s.line, s.heading))
		}
		if len(s.commands()) == 0 && !strings.Contains(words, notBuilt) {
			complaints = append(complaints, fmt.Sprintf("%d: %s shows no command, and does not say that it is %s", s.line, s.heading, notBuilt))
		}
		for _, c := range s.commands() {
			if strings.TrimSpace(c.want) == "" {
				complaints = append(complaints, fmt.Sprintf("%d: no output", c.line))
			}
		}
	}
	return complaints
}

func (s *section) words() string {
	var all strings.Builder
	for _, t := range s.texts {
		all.WriteString(t.words + "\n")
	}
	return all.String()
}

func checkNames(sections []*section, tree *tree) []string {
	c := checker{tree: tree, headings: map[string]bool{}, missing: map[string]bool{}}
	for _, s := range sections {
		c.headings[anchor(s.heading)] = true
		if s.heading == "Not built yet" {
			c.listMissing(s)
		}
	}
	for _, s := range sections {
		for _, t := range s.texts {
			c.checkText(t, s.heading == "Not built yet")
		}
		for _, command := range s.commands() {
			c.checkCommand(command)
		}
		c.checkCode(s)
	}
	return c.complaints
}

type checker struct {
	tree       *tree
	headings   map[string]bool // by anchor
	missing    map[string]bool // folders and commands that are not built yet
	complaints []string
}

func (c *checker) complain(line int, format string, args ...any) {
	c.complaints = append(c.complaints, fmt.Sprintf("%d: %s", line, fmt.Sprintf(format, args...)))
}

// listMissing reads the first column of the table.
func (c *checker) listMissing(s *section) {
	for _, t := range s.texts {
		span := spans.FindStringSubmatch(t.words)
		if span == nil {
			continue
		}
		c.missing[span[1]] = true
		if c.tree.exists(span[1]) || c.tree.isCommand(strings.TrimPrefix(span[1], "trivet ")) {
			c.complain(t.line, "%s exists; say what it does instead", span[1])
		}
	}
}

func (c *checker) checkText(t text, listed bool) {
	for _, link := range links.FindAllStringSubmatch(t.words, -1) {
		c.checkLink(t.line, link[1])
	}
	for _, span := range spans.FindAllStringSubmatch(t.words, -1) {
		name := span[1]
		if c.missing[name] {
			if !listed && !strings.Contains(strings.ReplaceAll(t.words, "\n", " "), notBuilt) {
				c.complain(t.line, "%s is missing, and the text does not say so", name)
			}
			continue
		}
		if folders.MatchString(name) && !c.tree.exists(name) {
			c.complain(t.line, "%s does not exist", name)
		}
		if symbol := symbols.FindStringSubmatch(name); symbol != nil {
			c.checkSymbol(t.line, symbol[1], symbol[2])
		}
		c.checkTrivet(t.line, name)
	}
}

func (c *checker) checkSymbol(line int, pkg, name string) {
	dir, ok := c.tree.folderOf(pkg)
	if !ok {
		c.complain(line, "no package %s", pkg)
	} else if !c.tree.declares(dir, name) {
		c.complain(line, "package %s has no %s", pkg, name)
	}
}

func (c *checker) checkTrivet(line int, words string) {
	for _, command := range trivet.FindAllStringSubmatch(words, -1) {
		if !c.tree.isCommand(command[1]) {
			c.complain(line, "trivet has no command %s", command[1])
		}
	}
	if rule := rule.FindStringSubmatch(words); rule != nil && !c.tree.exists("why/rules/"+rule[1]+".md") {
		c.complain(line, "no rule %s", rule[1])
	}
}

func (c *checker) checkLink(line int, target string) {
	file, fragment, _ := strings.Cut(target, "#")
	headings := c.headings
	if file != "" {
		text, err := os.ReadFile(filepath.Join(c.tree.root, "docs", file))
		if _, missing := os.Stat(filepath.Join(c.tree.root, "docs", file)); missing != nil {
			c.complain(line, "%s does not exist", file)
			return
		}
		headings = map[string]bool{}
		if err == nil {
			for _, s := range parseGuide(string(text)) {
				headings[anchor(s.heading)] = true
			}
		}
	}
	if fragment != "" && !headings[fragment] {
		c.complain(line, "no heading for #%s", fragment)
	}
}

func (c *checker) checkCommand(command command) {
	c.checkTrivet(command.line, command.shell)
	words := command.shell
	for strings.Contains(strings.SplitN(words, " ", 2)[0], "=") { // settings of the environment
		_, words, _ = strings.Cut(words, " ")
	}
	if !strings.HasPrefix(words, "go ") && !strings.HasPrefix(words, "trivet ") {
		c.complain(command.line, "only the go command and trivet are run: %s", words)
	}
	for _, name := range local.FindAllStringSubmatch(words, -1) {
		if !c.tree.exists(name[1]) {
			c.complain(command.line, "%s does not exist", name[1])
		}
	}
	if e := examples.FindStringSubmatch(words); e != nil && len(c.tree.examples(e[2], e[1])) == 0 {
		c.complain(command.line, "no Example or test of %s matches %s", e[2], e[1])
	}
}

// checkCode compares each Go block with the Examples that the next console block
// runs.
func (c *checker) checkCode(s *section) {
	for i, code := range s.blocks {
		if code.language != "go" {
			continue
		}
		var bodies string
		for _, next := range s.blocks[i+1:] {
			if next.language == "console" {
				for _, command := range next.commands() {
					if e := examples.FindStringSubmatch(command.shell); e != nil {
						bodies += strings.Join(c.tree.examples(e[2], e[1]), "\n")
					}
				}
				break
			}
		}
		if bodies == "" {
			c.complain(code.line, "no Example for the code")
		} else if !strings.Contains(bodies, strings.Join(code.lines, "\n")) {
			c.complain(code.line, "not from an Example of the command below: %s", code.lines[0])
		}
	}
}

// anchor is the name by which a heading can be linked to.
func anchor(heading string) string {
	keep := func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		}
		return -1
	}
	return strings.Map(keep, strings.ToLower(heading))
}

// tree is the repository.
type tree struct {
	root     string
	packages map[string]string // folders of the library, by the name of the package
}

func newTree(t *testing.T, root string) *tree {
	t.Helper()
	tree := &tree{root: root, packages: map[string]string{"trivet": "."}}
	for _, layer := range []string{"state", "task", "flow", "why"} {
		dirs, err := filepath.Glob(filepath.Join(root, layer, "*"))
		if err != nil || len(dirs) == 0 {
			t.Fatalf("nothing in %s: %v", layer, err)
		}
		for _, dir := range dirs {
			tree.packages[filepath.Base(dir)] = path.Join(layer, filepath.Base(dir))
		}
	}
	return tree
}

func (t *tree) exists(name string) bool {
	_, err := os.Stat(filepath.Join(t.root, filepath.FromSlash(name)))
	return err == nil
}

// isCommand is whether trivet has a subcommand: each has a file of its own.
func (t *tree) isCommand(name string) bool { return t.exists("cmd/trivet/" + name + ".go") }

func (t *tree) folderOf(pkg string) (dir string, ok bool) {
	dir, ok = t.packages[pkg]
	return dir, ok
}

// declares is whether the package in dir has a declaration of name.
func (t *tree) declares(dir, name string) (found bool) {
	for _, file := range t.parse(dir, false) {
		for _, decl := range file.syntax.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				found = found || decl.Recv == nil && decl.Name.Name == name
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						found = found || spec.Name.Name == name
					case *ast.ValueSpec:
						for _, n := range spec.Names {
							found = found || n.Name == name
						}
					}
				}
			}
		}
	}
	return found
}

// examples are the bodies, without indentation, of the Examples and tests in dir
// whose names match.
func (t *tree) examples(dir, match string) (bodies []string) {
	names, err := regexp.Compile(match)
	if err != nil {
		return nil
	}
	for _, file := range t.parse(dir, true) {
		for _, decl := range file.syntax.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Recv != nil || !names.MatchString(f.Name.Name) {
				continue
			}
			body := file.text[file.offset(f.Body.Lbrace)+1 : file.offset(f.Body.Rbrace)]
			bodies = append(bodies, strings.ReplaceAll(body, "\n\t", "\n"))
		}
	}
	return bodies
}

type goFile struct {
	text   string
	fset   *token.FileSet
	syntax *ast.File
}

func (f goFile) offset(pos token.Pos) int { return f.fset.Position(pos).Offset }

// parse reads the Go files of dir: its tests, or the others.
func (t *tree) parse(dir string, tests bool) (files []goFile) {
	names, _ := filepath.Glob(filepath.Join(t.root, filepath.FromSlash(dir), "*.go"))
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") != tests {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		text := strings.ReplaceAll(string(data), "\r\n", "\n")
		fset := token.NewFileSet()
		if syntax, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution); err == nil {
			files = append(files, goFile{text, fset, syntax})
		}
	}
	return files
}
