package overlay

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/printer"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// pkg is a package of the standard library that is being patched.
type pkg struct {
	path    string
	minor   int
	fset    *token.FileSet
	sources []*source

	wrappers bytes.Buffer // the code of the new file
	done     []Site
	problems []string
}

// source is one file of a pkg.
type source struct {
	name  string // absolute
	text  []byte
	ast   *ast.File
	edits []edit
}

// edit puts text in the place of the bytes from at to end.
type edit struct {
	at, end int
	text    string
}

var minorVersion = regexp.MustCompile(`go1\.(\d+)`)

// minor is the x of go1.x, and 0 if the version does not tell.
func minor(version string) int {
	m := minorVersion.FindStringSubmatch(version)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

// load parses the files of a package that the toolchain would compile.
func load(tool Toolchain, path string) (*pkg, error) {
	c := build.Default
	c.GOROOT, c.GOOS, c.GOARCH = tool.GOROOT, tool.GOOS, tool.GOARCH
	c.BuildTags, c.CgoEnabled = tool.Tags, tool.CGO
	if n := minor(tool.Version); n > 0 {
		c.ReleaseTags = nil
		for i := 1; i <= n; i++ {
			c.ReleaseTags = append(c.ReleaseTags, fmt.Sprintf("go1.%d", i))
		}
	}
	dir := filepath.Join(tool.GOROOT, "src", filepath.FromSlash(path))
	found, err := c.ImportDir(dir, 0)
	if err != nil {
		return nil, fmt.Errorf("read package %s of %s: %w", path, tool.Version, err)
	}
	p := &pkg{path: path, minor: minor(tool.Version), fset: token.NewFileSet()}
	for _, name := range append(found.GoFiles, found.CgoFiles...) {
		if err := p.parse(filepath.Join(dir, name)); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *pkg) parse(name string) error {
	text, err := readFile(name)
	if err != nil {
		return err
	}
	tree, err := parser.ParseFile(p.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("parse the standard library: %w", err)
	}
	p.sources = append(p.sources, &source{name: name, text: text, ast: tree})
	return nil
}

// patch applies the rows of the table that belong to this package.
func (p *pkg) patch() {
	for _, s := range sites {
		if s.pkg != p.path || p.minor > 0 && p.minor < s.since {
			continue
		}
		src, fn, err := p.find(s)
		if err == nil {
			err = p.apply(s, src, fn)
		}
		if err != nil {
			p.problem("%s: %v", s.fullName(), err)
			continue
		}
		p.done = append(p.done, p.describe(s, src, fn))
	}
	if p.path == "runtime" {
		p.haunt()
	}
}

func (p *pkg) problem(format string, args ...any) {
	p.problems = append(p.problems, fmt.Sprintf(format, args...))
}

func (s site) fullName() string {
	if s.recv == "" {
		return s.pkg + "." + s.name
	}
	return fmt.Sprintf("%s.(%s).%s", s.pkg, s.recv, s.name)
}

// find is the function that a row means.
func (p *pkg) find(s site) (*source, *ast.FuncDecl, error) {
	var in *source
	var fn *ast.FuncDecl
	for _, src := range p.sources {
		for _, d := range src.ast.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil || f.Name.Name != s.name || p.receiver(f) != s.recv {
				continue
			}
			if fn != nil {
				return nil, nil, fmt.Errorf("declared twice")
			}
			in, fn = src, f
		}
	}
	if fn == nil {
		return nil, nil, fmt.Errorf("not found")
	}
	if sig := p.signature(fn); sig != s.sig {
		return nil, nil, fmt.Errorf("is func%s, not func%s", sig, s.sig)
	}
	return in, fn, nil
}

func (p *pkg) receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	return p.print(f.Recv.List[0].Type)
}

func (p *pkg) signature(f *ast.FuncDecl) string {
	return strings.TrimPrefix(p.print(f.Type), "func")
}

func (p *pkg) print(node any) string {
	var b strings.Builder
	if err := printer.Fprint(&b, p.fset, node); err != nil {
		panic(fmt.Sprintf("overlay: print %T: %v", node, err)) // a strings.Builder does not fail
	}
	return b.String()
}

func (p *pkg) describe(s site, src *source, fn *ast.FuncDecl) Site {
	body := strings.Join(strings.Fields(p.print(fn.Body)), " ") // comments leave gaps behind
	sum := sha256.Sum256([]byte(body))
	return Site{
		Func: s.fullName(),
		File: s.pkg + "/" + filepath.Base(src.name),
		Sig:  s.sig,
		Body: fmt.Sprintf("%x", sum[:6]),
		Way:  string(s.way),
	}
}

// apply notes the edits of one row.
func (p *pkg) apply(s site, src *source, fn *ast.FuncDecl) error {
	if err := p.redirect(s, src, fn); err != nil {
		return err
	}
	switch s.way {
	case wrap:
		return p.wrap(s, src, fn)
	case entry:
		p.insert(src, fn.Body.Lbrace+1, p.statement(s, src, fn))
	case end:
		if err := endable(fn); err != nil {
			return err
		}
		p.insert(src, fn.Body.Rbrace, p.statement(s, src, fn))
	}
	return nil
}

func (p *pkg) insert(src *source, pos token.Pos, stmt string) {
	at := p.offset(pos)
	src.edits = append(src.edits, edit{at, at, " " + stmt + "; "})
}

// endable refuses a body whose closing brace is not where it ends.
func endable(fn *ast.FuncDecl) error {
	if len(fn.Body.List) == 0 {
		return nil
	}
	switch last := fn.Body.List[len(fn.Body.List)-1].(type) {
	case *ast.ReturnStmt, *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt,
		*ast.SelectStmt, *ast.LabeledStmt, *ast.BranchStmt, *ast.BlockStmt:
		return fmt.Errorf("ends in a %T, not in a plain statement", last)
	}
	if returns(fn.Body) {
		return fmt.Errorf("returns from its middle")
	}
	return nil
}

func returns(body *ast.BlockStmt) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			found = true
		}
		return !found
	})
	return found
}

// redirect replaces the functions of calls in the body.
func (p *pkg) redirect(s site, src *source, fn *ast.FuncDecl) error {
	for _, from := range slices.Sorted(maps.Keys(s.redirect)) {
		n := 0
		ast.Inspect(fn.Body, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if ok && p.print(call.Fun) == from {
				n++
				src.edits = append(src.edits, edit{p.offset(call.Fun.Pos()), p.offset(call.Fun.End()), s.redirect[from]})
			}
			return true
		})
		if n == 0 {
			return fmt.Errorf("calls no %s", from)
		}
	}
	return nil
}

func (p *pkg) offset(pos token.Pos) int { return p.fset.Position(pos).Offset }

// files are the changed files and the new one.
func (p *pkg) files() []file {
	var files []file
	for _, src := range p.sources {
		if len(src.edits) > 0 {
			files = append(files, file{src.name, p.path + "/" + filepath.Base(src.name), src.edited()})
		}
	}
	std := filepath.Join(filepath.Dir(p.sources[0].name), newFileName)
	files = append(files, file{std, p.path + "/" + newFileName, p.newFile()})
	if p.path == "runtime" {
		files = append(files, p.demonFile(filepath.Dir(std)))
	}
	return files
}

// edited applies the edits from the end of the file backwards.
func (src *source) edited() []byte {
	slices.SortFunc(src.edits, func(a, b edit) int { return b.at - a.at })
	text := src.text
	for _, e := range src.edits {
		text = slices.Concat(text[:e.at], []byte(e.text), text[e.end:])
	}
	return text
}
