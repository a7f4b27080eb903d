package demons

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The Go distribution has leaking programs, and a test that says which
// goroutines of each must or may be reported: that is what tells a right site.
// They are not copied into this repository, but read from the installed Go.
const (
	kernelsDir  = "src/runtime/testdata/testgoroutineleakprofile"
	kernelsTest = "src/runtime/goroutineleakprofile_test.go"
)

// cannotLeak are the kernels of that table in which no goroutine can be left
// behind, as they stand there, and why. The Go distribution's test takes it well
// that they are not found. Here they are healthy programs: to accuse them is
// wrong.
var cannotLeak = map[string]string{
	"Moby27782": "readLogs keeps the logger's lock until followLogs has returned. Only Close could bring that to the call of Remove, " +
		"which waits for ever, and Close needs the same lock. Without it readEvents always has a receiver, or done is closed",
}

// A kernel is one of those programs.
type kernel struct {
	name    string
	certain bool             // its leak comes every time
	sites   []*regexp.Regexp // of functions that are left behind
	class   string
}

// readKernels reads the table of the test. Programs for which it expects no leak
// are left out, and so are those that only stress the profile.
func readKernels(goroot string) ([]kernel, error) {
	tree, err := parser.ParseFile(token.NewFileSet(), filepath.Join(goroot, kernelsTest), nil, 0)
	if err != nil {
		return nil, err
	}
	var all []kernel
	ast.Inspect(tree, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || err != nil {
			return err == nil
		}
		id, ok := call.Fun.(*ast.Ident)
		if !ok || id.Name != "makeTest" && id.Name != "makeFlakyTest" {
			return true
		}
		var texts []string
		for _, a := range call.Args {
			if lit, ok := a.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				s, unquoteErr := strconv.Unquote(lit.Value)
				if unquoteErr != nil {
					err = unquoteErr
				}
				texts = append(texts, s)
			}
		}
		if len(texts) < 2 || texts[0] == "SpawnGC" {
			return true
		}
		k := kernel{name: texts[0], certain: id.Name == "makeTest"}
		for _, t := range texts[1:] {
			var site *regexp.Regexp
			if site, err = siteOf(t); err != nil {
				return false
			}
			k.sites = append(k.sites, site)
		}
		k.class = classOf(strings.Join(texts[1:], " "))
		all = append(all, k)
		return true
	})
	if err == nil && len(all) < 50 {
		err = fmt.Errorf("%s has only %d leaking programs: this Go is unknown here", kernelsTest, len(all))
	}
	return all, err
}

// siteOf cuts a pattern for a function and what it waits for down to the
// function. As in the test, it may match anywhere in a name.
func siteOf(pattern string) (*regexp.Regexp, error) {
	if i := strings.Index(pattern, `.* \[`); i >= 0 {
		pattern = pattern[:i]
	}
	return regexp.Compile(strings.TrimSuffix(pattern, `\(`))
}

// classOf tells what the goroutines wait for.
func classOf(patterns string) string {
	var has []string
	for _, c := range []struct{ class, pattern string }{
		{"channel", `\[(chan|select)`},
		{"lock", `sync\\\.(\(RW\)\?|RW)?Mutex`},
		{"WaitGroup", `WaitGroup\\?\.Wait`},
		{"condition", `sync\\\.Cond`},
	} {
		if regexp.MustCompile(c.pattern).MatchString(patterns) {
			has = append(has, c.class)
		}
	}
	return strings.Join(has, "+")
}

// makeKernels writes a package with one test for each kernel into dir, and
// returns them as targets.
func makeKernels(ctx context.Context, dir string) ([]target, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	goroot := strings.TrimSpace(string(out))
	kernels, err := readKernels(goroot)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module kernels\n\ngo 1.26.0\n"), 0o644); err != nil {
		return nil, err
	}
	from := filepath.Join(goroot, kernelsDir)
	sources, err := kernelSources(from)
	if err != nil {
		return nil, err
	}
	var targets []target
	for _, k := range kernels {
		src, ok := sources[k.name]
		if !ok {
			return nil, fmt.Errorf("no file under %s registers %s", from, k.name)
		}
		to := filepath.Join(dir, strings.ToLower(k.name))
		if err := makeKernel(k, src, to); err != nil {
			return nil, err
		}
		targets = append(targets, k.target(to))
	}
	return targets, nil
}

// target is the kernel to be hunted in.
func (k kernel) target(dir string) target {
	sure := "sure"
	if !k.certain {
		sure = "rare"
	}
	if cannotLeak[k.name] != "" {
		return target{name: k.name, class: k.class + ", none", dir: dir}
	}
	return target{name: k.name, class: k.class + ", " + sure, demon: "deadlock", dir: dir, right: func(f frame) bool {
		return slices.ContainsFunc(k.sites, func(s *regexp.Regexp) bool { return s.MatchString(f.name()) })
	}}
}

var registers = regexp.MustCompile(`register\("(\w+)"`)

// kernelSources finds the file of each kernel.
func kernelSources(dir string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	more, err := filepath.Glob(filepath.Join(dir, "goker", "*.go"))
	if err != nil {
		return nil, err
	}
	sources := map[string]string{}
	for _, file := range append(files, more...) {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, m := range registers.FindAllSubmatch(text, -1) {
			sources[string(m[1])] = file
		}
	}
	return sources, nil
}

// makeKernel copies the kernel and the program's main, and adds a test.
func makeKernel(k kernel, src, to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, file := range []string{src, filepath.Join(filepath.Dir(src), "main.go")} {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, filepath.Base(file)), text, 0o644); err != nil {
			return err
		}
	}
	test := fmt.Sprintf("package main\n\nimport \"testing\"\n\nfunc TestKernel(*testing.T) { %s() }\n", k.name)
	return os.WriteFile(filepath.Join(to, "kernel_test.go"), []byte(test), 0o644)
}
