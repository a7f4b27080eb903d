package record

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// Target is a Go program or the tests of a package, as the user named it.
type Target struct {
	Dir   string   // directory to resolve Name in; "" = the current one
	Names []string // one package: import path or ./path; or .go files
	Args  []string // for the program
	Bench string   // run benchmarks that match, instead of main
	Run   string   // run tests that match, instead of main
	Tags  string   // build tags, comma separated

	goCmd string   // the go command to use; "" = go
	goEnv []string // added to its environment
}

func (t Target) name() string { return strings.Join(t.Names, " ") }

// test tells whether the target is a test binary.
func (t Target) test() bool { return t.Bench != "" || t.Run != "" }

// Package is what the go command knows about a target.
type Package struct {
	ImportPath string
	Name       string
	Dir        string
	Standard   bool
	GoFiles    []string
	CgoFiles   []string
}

// base is the last element of the import path that is no major version.
func (p Package) base() string {
	base := path.Base(p.ImportPath)
	if majorVersion.MatchString(base) {
		return path.Base(path.Dir(p.ImportPath))
	}
	return base
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// HintError is an error with a line that says what to try.
type HintError struct {
	error
	hint string
}

// Hint is what to try.
func (e *HintError) Hint() string  { return e.hint }
func (e *HintError) Unwrap() error { return e.error }

func hint(h, format string, args ...any) error {
	return &HintError{fmt.Errorf(format, args...), h}
}

// Resolve asks the go command what the target is.
func (t Target) Resolve(ctx context.Context) (Package, error) {
	args := []string{"list", "-json=ImportPath,Name,Dir,Standard,GoFiles,CgoFiles"}
	if t.Tags != "" {
		args = append(args, "-tags="+t.Tags)
	}
	out, err := t.goCommand(ctx, append(append(args, "--"), t.Names...)...)
	var hinted *HintError
	if errors.As(err, &hinted) {
		return Package{}, err
	}
	if err != nil {
		return Package{}, hint("name a package as for go build: ./cmd/x, an import path, or a trace file",
			"no such package: %s: %w", t.name(), err)
	}
	dec := json.NewDecoder(bytes.NewReader(out))
	var p Package
	if err := dec.Decode(&p); err != nil {
		return p, hint("name one package", "no package matches %s", t.name())
	}
	if dec.More() {
		return p, hint("name one package; trivet explains one program at a time", "%s matches more than one package", t.name())
	}
	if !t.test() && p.Name != "main" {
		return p, hint("add -bench REGEXP or -run REGEXP to explain its benchmarks or tests",
			"%s is a library (package %s), not a program", p.ImportPath, p.Name)
	}
	return p, nil
}

// goCommand runs the go command in the target's directory. An error holds the
// command's own words.
func (t Target) goCommand(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, cmp.Or(t.goCmd, "go"), args...)
	cmd.Dir = t.Dir
	cmd.Env = append(os.Environ(), t.goEnv...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err == nil {
		return out, nil
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if errors.Is(err, exec.ErrNotFound) {
		return nil, hint("install Go from https://go.dev/dl and put it on PATH", "the go command is not there: %w", err)
	}
	if words := strings.TrimSpace(stderr.String()); words != "" {
		return nil, errors.New(words)
	}
	return nil, err
}

// Build compiles the target to the file bin, with the overlay file if it is not
// empty.
func (t Target) Build(ctx context.Context, bin, overlayFile string, flags ...string) error {
	args := []string{"build", "-o", bin}
	if t.test() {
		args = []string{"test", "-c", "-vet=off", "-o", bin}
	}
	args = append(args, flags...)
	if t.Tags != "" {
		args = append(args, "-tags="+t.Tags)
	}
	if overlayFile != "" {
		args = append(args, "-overlay="+overlayFile)
	}
	// No "--" before the name: go test would hand the rest to the test binary.
	// Resolve has seen that the name is no flag.
	if _, err := t.goCommand(ctx, append(args, t.Names...)...); err != nil {
		return fmt.Errorf("%s does not build:\n%w", t.name(), err)
	}
	if _, err := os.Stat(bin); t.test() && errors.Is(err, os.ErrNotExist) {
		return hint("name a package that has _test.go files", "%s has no tests", t.name())
	}
	return nil
}

// command is one run of the built target.
func (t Target) command(ctx context.Context, bin string, pkg Package, iterations int) *exec.Cmd {
	args := t.Args
	if t.test() {
		args = append(t.testFlags(iterations), t.Args...)
	}
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Dir = t.Dir
	if t.test() {
		cmd.Dir = pkg.Dir // as go test does
	}
	return cmd
}

// testFlags are the flags of a test binary that runs just what is wanted.
// Benchmarks run a fixed number of iterations, so that each recording does the
// same work; 0 lets the testing package choose.
func (t Target) testFlags(iterations int) []string {
	if t.Bench == "" {
		return []string{"-test.run=" + t.Run, "-test.timeout=0", "-test.count=1"}
	}
	run := t.Run
	if run == "" {
		run = "^$"
	}
	flags := []string{"-test.run=" + run, "-test.bench=" + t.Bench, "-test.timeout=0"}
	if iterations > 0 {
		return append(flags, fmt.Sprintf("-test.benchtime=%dx", iterations))
	}
	return append(flags, "-test.benchtime=200ms")
}

// Label is how a report names the target.
func (t Target) Label(pkg Package) string {
	name := pkg.base()
	if pkg.ImportPath == "command-line-arguments" {
		name = strings.TrimSuffix(filepath.Base(t.Names[0]), ".go")
	}
	if t.Bench != "" {
		return name + " " + t.Bench
	}
	return name
}
