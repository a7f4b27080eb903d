package overlay

import (
	"bytes"
	_ "embed"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"regexp"
	"strconv"
	"strings"
)

// newFileName is the file that the overlay adds to each package. A frame in it
// is a hook.
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
	results := p.results(fn)
	give, set := "", ""
	if len(results) > 0 {
		give = "return "
		set = strings.Join(results, ", ") + " := "
	}
	w := &p.wrappers
	fmt.Fprintf(w, "\n%s {\n\tif trivetOn == 0 {\n\t\t%s%s\n\t\t%s}\n", decl, give, call, bare(give))
	switch {
	case s.instead != "":
		fmt.Fprintf(w, "\t%s%s\n}\n", give, s.instead)
		return nil
	case s.begin != "":
		fmt.Fprintf(w, "\tif trivetOn&trivetBegins != 0 {\n\t\t%s\n\t}\n", s.begin)
	}
	fmt.Fprintf(w, "\t%s\n\t%s%s\n\t%s\n\t%s%s\n}\n", s.before, set, call, s.after, give, strings.Join(results, ", "))
	return nil
}

// bare is the return statement of a function without results, whose call
// stands on a line of its own.
func bare(give string) string {
	if give == "" {
		return "return\n\t\t"
	}
	return ""
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
func (p *pkg) results(fn *ast.FuncDecl) []string {
	var names []string
	for i := range fn.Type.Results.NumFields() {
		names = append(names, "r"+strconv.Itoa(i))
	}
	return names
}

// statement is what is inserted at a brace: the call of a helper in the new
// file, so that the file needs no new import.
func (p *pkg) statement(s site, fn *ast.FuncDecl) string {
	if s.raw != "" {
		return s.raw
	}
	inner := "trivetIn" + s.name
	call, _ := p.header(fn, inner)
	helper := *fn
	helper.Name = ast.NewIdent(inner)
	_, decl := p.header(&helper, inner)
	fmt.Fprintf(&p.wrappers, "\n%s {\n\tif trivetOn != 0 {\n\t\t%s\n\t}\n}\n", decl, s.insert)
	return call
}

// newFile is the text of the file that the package gets in addition.
func (p *pkg) newFile() ([]byte, error) {
	text, err := p.preamble()
	if err != nil {
		return nil, err
	}
	text += p.wrappers.String()
	formatted, err := format.Source([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("package %s: generated code: %w", p.path, err)
	}
	return formatted, nil
}

func (p *pkg) preamble() (string, error) {
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
`, name, kindConstants()+"\nconst trivetBegins = 2\n"), nil
}

func kindConstants() string {
	var b bytes.Buffer
	b.WriteString("const (\n")
	for i, k := range kinds {
		fmt.Fprintf(&b, "\ttrivet%s = %d\n", k.name, i)
	}
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

func (p *pkg) runtimePreamble() (string, error) {
	_, fn, err := p.find(site{pkg: "runtime", name: "trace_userLog", sig: "(id uint64, category, message string)"})
	if err != nil {
		return "", fmt.Errorf("runtime.trace_userLog: %w", err)
	}
	names := userLog.FindStringSubmatch(p.print(fn.Body))
	if names == nil {
		return "", fmt.Errorf("runtime.trace_userLog: writes its event in an unknown way")
	}
	imports := ""
	if strings.HasPrefix(names[1], "tracev2.") {
		imports = `"internal/trace/tracev2"`
	}
	return strings.NewReplacer(
		"TRACEIMPORT", imports, "KINDS", kindConstants(), "NAMES", kindNames(), `"MARK"`, strconv.Quote(mark()),
		"GORUNNING", names[1], "PROCRUNNING", names[2], "USERLOG", names[3],
	).Replace(runtimeSource), nil
}
