package demons

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// copyKernels copies the kernels of the installed Go, all files of a folder into
// one package, with a test for each.
func (r rival) copyKernels(ctx context.Context, dir string) ([]suspect, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	goroot := strings.TrimSpace(string(out))
	all, err := readKernels(goroot)
	if err != nil {
		return nil, err
	}
	sources, err := kernelSources(filepath.Join(goroot, kernelsDir))
	if err != nil {
		return nil, err
	}
	var suspects []suspect
	tests := map[string]*strings.Builder{} // by package
	for _, k := range all {
		from := filepath.Dir(sources[k.name])
		pkg := filepath.Base(from)
		if tests[pkg] == nil {
			tests[pkg] = &strings.Builder{}
			if err := r.copyFolder(from, filepath.Join(dir, pkg)); err != nil {
				return nil, err
			}
		}
		fmt.Fprintf(tests[pkg], "\nfunc Test%s(t *testing.T) { "+r.test+" }\n", k.name, k.name)
		s := suspect{target: k.target(filepath.Join(dir, pkg)), bin: filepath.Join(dir, "bin", pkg+".test"), test: "Test" + k.name, runs: kernelRuns}
		if s.cannot, err = r.cannot(sources[k.name]); err != nil {
			return nil, err
		}
		suspects = append(suspects, s)
	}
	for pkg, text := range tests {
		if err := r.addTest(filepath.Join(dir, pkg), "main", text.String()); err != nil {
			return nil, err
		}
	}
	return suspects, nil
}

// copyProgram copies one of our own, whose test it already has.
func (r rival) copyProgram(t target, dir string) (suspect, error) {
	twin := t.name + filepath.Base(t.dir) // flawed or healthy
	to := filepath.Join(dir, twin)
	s := suspect{target: t, bin: filepath.Join(dir, "bin", twin+".test"), test: "TestRun", runs: programRuns}
	if err := r.copyFolder(t.dir, to); err != nil {
		return s, err
	}
	if err := r.addTest(to, t.name, ""); err != nil {
		return s, err
	}
	var err error
	s.cannot, err = r.cannot(filepath.Join(t.dir, t.name+".go"))
	return s, err
}

// addTest adds the test file that calls the tool.
func (r rival) addTest(dir, pkg, tests string) error {
	text := "package " + pkg + "\n\nimport (\n\t\"os\"\n\t\"testing\"\n\t\"time\"\n\n\t\"" + r.module + "\"\n)\n\n" +
		"var (\n\t_ = os.Exit\n\t_ = time.Second\n)\n\n" + r.main + "\n" + tests
	return os.WriteFile(filepath.Join(dir, "rival_test.go"), []byte(text), 0o644)
}

// copyFolder copies the Go files of a folder, rewritten as the tool wants it.
func (r rival) copyFolder(from, to string) error {
	files, err := filepath.Glob(filepath.Join(from, "*.go"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if r.rewrite != nil {
			if text, _, err = r.rewrite(text); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
		if err := os.WriteFile(filepath.Join(to, filepath.Base(file)), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// cannot tells why the tool has no part in a file.
func (r rival) cannot(file string) (string, error) {
	if r.rewrite == nil {
		return "", nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	if _, n, err := r.rewrite(text); n > 0 || err != nil {
		return "", err
	}
	return "no lock of package sync in it", nil
}

// useDeadlock puts the types of go-deadlock in the place of sync.Mutex and
// sync.RWMutex, on the same lines. It returns how many it has replaced.
func useDeadlock(src []byte) (out []byte, n int, err error) {
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, "", src, 0)
	if err != nil {
		return nil, 0, err
	}
	if !slices.ContainsFunc(tree.Imports, func(i *ast.ImportSpec) bool {
		path, _ := strconv.Unquote(i.Path.Value)
		return path == "sync" && i.Name == nil
	}) {
		return src, 0, nil
	}
	var at []int
	ast.Inspect(tree, func(node ast.Node) bool {
		sel, ok := node.(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "Mutex" && sel.Sel.Name != "RWMutex" {
			return true
		}
		if id, ok := sel.X.(*ast.Ident); ok && id.Name == "sync" {
			at = append(at, fset.Position(id.Pos()).Offset)
		}
		return true
	})
	if len(at) == 0 {
		return src, 0, nil
	}
	var b bytes.Buffer
	name := fset.Position(tree.Name.End()).Offset
	b.Write(src[:name])
	b.WriteString(`; import "github.com/sasha-s/go-deadlock"`)
	last := name
	for _, offset := range at {
		b.Write(src[last:offset])
		b.WriteString("deadlock")
		last = offset + len("sync")
	}
	b.Write(src[last:])
	b.WriteString("\nvar _ sync.Locker // sync may not be used any more\n")
	return b.Bytes(), len(at), nil
}
