package overlay

import (
	"bytes"
	_ "embed"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// newFileName is the file that the overlay adds to each package.
const newFileName = "zz_trivet.go"

// runtimeSource is what package runtime gets, apart from the wrappers.
//
//go:embed runtime.go.txt
var runtimeSource string

// wrap renames a function and writes one around it that has its name.
func (p *pkg) wrap(s site, src *source, fn *ast.FuncDecl) error {
	if pragma := pragma(fn); pragma != "" {
		return fmt.Errorf("carries %s, which a wrapper would break", pragma)
	}
	inner := innerName(s)
	src.edits = append(src.edits, edit{p.offset(fn.Name.Pos()), p.offset(fn.Name.End()), inner})

	call, decl := p.header(fn, inner)
	p.place(src, fn)
	p.line("%s {", decl)
	p.line("if trivetOn == 0 {")
	p.lines(returning(fn, call)...)
	p.line("}")
	switch {
	case s.instead != "":
		p.lines(returning(fn, s.instead)...)
	default:
		p.around(s, fn, call)
	}
	p.line("}")
	return nil
}

// around writes the call with what comes before and after it.
func (p *pkg) around(s site, fn *ast.FuncDecl, call string) {
	if s.begin != "" {
		p.lines("if trivetOn&trivetBegins != 0 {", s.begin, "}")
	}
	p.lines(s.before)
	results := strings.Join(results(fn), ", ")
	if results == "" {
		p.lines(call, s.after)
		return
	}
	p.lines(results+" := "+call, s.after, "return "+results)
}

// returning ends a function with a call.
func returning(fn *ast.FuncDecl, call string) []string {
	if fn.Type.Results.NumFields() > 0 {
		return []string{"return " + call}
	}
	return []string{call, "return"}
}

// lines adds lines, save empty ones, to the new file.
func (p *pkg) lines(lines ...string) {
	for _, l := range lines {
		if l != "" {
			p.line("%s", l)
		}
	}
}

func (p *pkg) line(format string, args ...any) {
	fmt.Fprintf(&p.wrappers, format+"\n", args...)
}

// place makes the code that follows appear, in stacks, at the function that it
// belongs to: the new file is nowhere on the user's disk.
func (p *pkg) place(src *source, fn *ast.FuncDecl) {
	p.line("\n//line %s:%d", filepath.Base(src.name), p.fset.Position(fn.Pos()).Line)
}

// pragma is a directive on a function that a wrapper would not honour, or "".
// A linkname stays true: it names the function, not its frame.
func pragma(fn *ast.FuncDecl) string {
	if fn.Doc == nil {
		return ""
	}
	for _, c := range fn.Doc.List {
		if strings.HasPrefix(c.Text, "//go:") && !strings.HasPrefix(c.Text, "//go:linkname ") {
			return c.Text
		}
	}
	return ""
}

// innerName is what the wrapped function is called from now on. Another
// package must reach those of internal/sync and the plain functions of
// runtime; nobody may see a new method of a public type.
func innerName(s site) string {
	if s.pkg == "internal/sync" || s.recv == "" && token.IsExported(s.name) {
		return "Trivet" + s.name
	}
	return "trivet" + s.name
}

// header is the call of a function under the name inner with its own
// parameters, and the declaration of its wrapper.
func (p *pkg) header(fn *ast.FuncDecl, inner string) (call, decl string) {
	var args, params []string
	for _, f := range fn.Type.Params.List {
		for _, n := range f.Names {
			args = append(args, n.Name)
			params = append(params, n.Name+" "+p.print(f.Type))
		}
	}
	recv := ""
	if fn.Recv != nil {
		r := fn.Recv.List[0]
		recv = fmt.Sprintf("(%s %s) ", r.Names[0].Name, p.print(r.Type))
		inner = r.Names[0].Name + "." + inner
	}
	var types []string
	if fn.Type.Results != nil {
		for _, f := range fn.Type.Results.List {
			for range max(1, len(f.Names)) {
				types = append(types, p.print(f.Type))
			}
		}
	}
	call = fmt.Sprintf("%s(%s)", inner, strings.Join(args, ", "))
	decl = fmt.Sprintf("func %s%s(%s) (%s)", recv, fn.Name.Name, strings.Join(params, ", "), strings.Join(types, ", "))
	return call, decl
}

// results are the names of a wrapper's results: r0, r1 and so on.
func results(fn *ast.FuncDecl) []string {
	var names []string
	for i := range fn.Type.Results.NumFields() {
		names = append(names, "r"+strconv.Itoa(i))
	}
	return names
}

// statement is what is inserted at a brace: the call of a helper in the new
// file, so that the file needs no new import.
func (p *pkg) statement(s site, src *source, fn *ast.FuncDecl) string {
	if s.raw != "" {
		return s.raw
	}
	inner := "trivetIn" + s.name
	call, _ := p.header(fn, inner)
	helper := *fn
	helper.Name = ast.NewIdent(inner)
	_, decl := p.header(&helper, inner)
	p.place(src, fn)
	p.lines(decl+" {", "if trivetOn != 0 {", s.insert, "}", "}")
	return call
}

// newFile is the text of the file that the package gets in addition, or nil
// after a problem.
func (p *pkg) newFile() []byte {
	text := p.preamble() + p.wrappers.String()
	if len(p.problems) > 0 {
		return nil
	}
	formatted, err := format.Source([]byte(text))
	if err != nil {
		p.problem("package %s: generated code: %v", p.path, err)
	}
	return formatted
}

func (p *pkg) preamble() string {
	if p.path == "runtime" {
		return p.runtimePreamble()
	}
	name := p.sources[0].ast.Name.Name
	return fmt.Sprintf(`// The hooks that Trivet's build overlay adds to this package.

package %s

import "unsafe"

%s
//go:linkname trivetOn runtime.trivetOn
var trivetOn uint32

//go:linkname trivetHook
//go:noescape
func trivetHook(kind uint32, p unsafe.Pointer, arg int)
%s`, name, kindConstants()+"\n"+onBits, demonHooks[p.path])
}

// onBits are the bits of trivetOn.
const onBits = `const (
	trivetLog    = 1 << iota // events go into the trace, when one is on
	trivetBegins             // so do attempts
	trivetTells              // the program is told a number of cores
	trivetTraces             // a trace is on, from the start of the program
	trivetDemons             // events go to the search for demons, and places are disturbed
)
`

func kindConstants() string {
	var b bytes.Buffer
	b.WriteString("const (\n")
	for i, k := range kinds {
		fmt.Fprintf(&b, "\ttrivet%s = %d\n", k.name, i)
	}
	fmt.Fprintf(&b, "\ttrivetShake = %d // no event: a place that is only disturbed\n", len(kinds))
	b.WriteString(")\n")
	return b.String()
}

func kindNames() string {
	var names []string
	for _, k := range kinds {
		names = append(names, strconv.Quote(k.text))
	}
	return strings.Join(names, ", ")
}

// userLog is how this release writes a user log event: the names of the two
// states and of the event differ between releases.
var userLog = regexp.MustCompile(`\.eventWriter\(([\w.]+), ([\w.]+)\)\.event\(([\w.]+), traceArg`)

func (p *pkg) eventWriter() (goRunning, procRunning, event string) {
	_, fn, err := p.find(site{pkg: "runtime", name: "trace_userLog", sig: "(id uint64, category, message string)"})
	if err != nil {
		p.problem("runtime.trace_userLog: %v", err)
		return "", "", ""
	}
	names := userLog.FindStringSubmatch(p.print(fn.Body))
	if names == nil {
		p.problem("runtime.trace_userLog: writes its event in an unknown way")
		return "", "", ""
	}
	return names[1], names[2], names[3]
}

func (p *pkg) runtimePreamble() string {
	goRunning, procRunning, event := p.eventWriter()
	imports := ""
	if strings.HasPrefix(event, "tracev2.") {
		imports = `"internal/trace/tracev2"`
	}
	return strings.NewReplacer(
		"TRACEIMPORT", imports, "KINDS", kindConstants(), "BITS", onBits, "NAMES", kindNames(), `"MARK"`, strconv.Quote(mark()),
		"GORUNNING", goRunning, "PROCRUNNING", procRunning, "USERLOG", event, "BUBBLE", p.bubble(),
	).Replace(runtimeSource)
}

// bubble is the name of the field of runtime.g that is set in a synctest
// bubble.
func (p *pkg) bubble() string {
	name := ""
	for _, src := range p.sources {
		ast.Inspect(src.ast, func(n ast.Node) bool {
			t, ok := n.(*ast.TypeSpec)
			if !ok || t.Name.Name != "g" {
				return true
			}
			for _, f := range t.Type.(*ast.StructType).Fields.List {
				if len(f.Names) == 1 && strings.HasPrefix(p.print(f.Type), "*synctest") {
					name = f.Names[0].Name
				}
			}
			return false
		})
	}
	if name == "" {
		p.problem("runtime.g: has no field of a *synctest type")
	}
	return name
}
