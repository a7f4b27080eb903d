package inventory

import (
	"context"
	"errors"
	"fmt"
	"go/token"
	"maps"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// Source says what to load.
type Source struct {
	Dir   string   // where the go command runs; "" = the current directory
	Env   []string // of the go command; nil = this process's
	Tags  string   // build tags, comma separated
	Tests bool     // with the test files of the named package

	fset *token.FileSet // shared, so that a position means one place in all packages

	// Names are a package pattern or .go files, as for go build.
	Names []string
}

const ownModule = "github.com/trivet-go/trivet"

// Load reads the named packages, and what they import from the modules that
// the go command calls main: dependencies are somebody else's program. Trivet's
// own library is left out as well unless it is named; the calls into it tell
// what there is to tell.
//
// A package with errors is used as far as it goes. The error is for when
// nothing could be loaded.
func Load(ctx context.Context, s Source) ([]*packages.Package, error) {
	mode := packages.NeedName | packages.NeedImports | packages.NeedDeps | packages.NeedModule
	s.fset = token.NewFileSet()
	named, err := packages.Load(s.config(ctx, mode, s.Tests), s.Names...)
	if err != nil {
		return nil, fmt.Errorf("inventory: load %s: %w", strings.Join(s.Names, " "), err)
	}
	roots, beside := map[string]bool{}, map[string]bool{}
	for _, p := range named {
		roots[p.PkgPath] = true
	}
	packages.Visit(named, nil, func(p *packages.Package) {
		path := strings.TrimSuffix(p.PkgPath, ".test")
		if !roots[path] && p.Module != nil && p.Module.Main && !library(path) {
			beside[path] = true
		}
	})
	mode = packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports |
		packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo
	if s.Tests || slices.ContainsFunc(s.Names, func(n string) bool { return strings.HasSuffix(n, ".go") }) {
		return s.apart(ctx, mode, beside)
	}
	all, err := packages.Load(s.config(ctx, mode, false), append(slices.Clone(s.Names), slices.Sorted(maps.Keys(beside))...)...)
	return usable(all, err)
}

// apart loads the named package and its dependencies in two goes: files and
// packages cannot be named together, and only one is wanted with its tests.
func (s Source) apart(ctx context.Context, mode packages.LoadMode, beside map[string]bool) ([]*packages.Package, error) {
	all, err := packages.Load(s.config(ctx, mode, s.Tests), s.Names...)
	if err == nil && len(beside) > 0 {
		var more []*packages.Package
		more, err = packages.Load(s.config(ctx, mode, false), slices.Sorted(maps.Keys(beside))...)
		all = append(all, more...)
	}
	return usable(all, err)
}

func (s Source) config(ctx context.Context, mode packages.LoadMode, tests bool) *packages.Config {
	c := &packages.Config{Context: ctx, Mode: mode, Dir: s.Dir, Env: s.Env, Fset: s.fset, Tests: tests}
	if s.Tags != "" {
		c.BuildFlags = []string{"-tags=" + s.Tags}
	}
	return c
}

// usable drops packages without syntax, those that the go command writes for
// tests, and those that a variant with more files replaces.
func usable(all []*packages.Package, err error) ([]*packages.Package, error) {
	if err != nil {
		return nil, fmt.Errorf("inventory: %w", err)
	}
	withTests := map[string]bool{}
	for _, p := range all {
		if strings.Contains(p.ID, " [") {
			withTests[p.PkgPath] = true
		}
	}
	var out []*packages.Package
	var errs []error
	for _, p := range all {
		for _, e := range p.Errors {
			errs = append(errs, e)
		}
		generated := strings.HasSuffix(p.PkgPath, ".test")
		replaced := withTests[p.PkgPath] && !strings.Contains(p.ID, " [")
		if len(p.Syntax) > 0 && p.Types != nil && p.TypesInfo != nil && !generated && !replaced {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("inventory: no Go source: %w", errors.Join(errs...))
	}
	return out, nil
}

// library tells whether a package is of Trivet's own library.
func library(path string) bool {
	rest, ok := strings.CutPrefix(path, ownModule+"/")
	if !ok {
		return path == ownModule
	}
	top, _, _ := strings.Cut(rest, "/")
	return top == "state" || top == "task" || top == "flow" || rest == "internal/spawn" || rest == "internal/park"
}
