package review

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// loaded is what the go command and the type checker made of the patterns.
type loaded struct {
	packages []*packages.Package
	failed   []Failure
}

func (s Settings) load(ctx context.Context, patterns []string) (loaded, error) {
	for _, p := range patterns {
		if s.missing(p) {
			return loaded{}, &loadError{patterns, errors.New("no such file: " + p)}
		}
	}
	all, err := packages.Load(&packages.Config{
		Context: ctx,
		Mode:    packages.LoadSyntax | packages.NeedModule,
		Dir:     s.Dir,
		Env:     s.Env,
		Tests:   s.Tests,
	}, patterns...)
	if ctx.Err() != nil {
		return loaded{}, context.Cause(ctx)
	}
	if err != nil {
		return loaded{}, &loadError{patterns, errors.New(goError(err.Error()))}
	}
	l := loaded{failed: []Failure{}}
	for _, pkg := range widest(all) {
		switch {
		case len(pkg.Errors) > 0 || pkg.IllTyped && len(pkg.CompiledGoFiles) > 0:
			l.failed = append(l.failed, failure(pkg, baseOf(s.Dir)))
		case len(pkg.Syntax) > 0:
			l.packages = append(l.packages, pkg)
		}
	}
	if len(all) == 0 {
		return loaded{}, &loadError{patterns, errors.New("no packages match")}
	}
	return l, nil
}

// missing tells whether a pattern is the name of a Go file that is not there. An
// import path may end in .go too.
func (s Settings) missing(pattern string) bool {
	if filepath.Ext(pattern) != ".go" || strings.Contains(pattern, "/") && pattern[0] != '.' && !filepath.IsAbs(pattern) {
		return false
	}
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join(s.Dir, pattern)
	}
	_, err := os.Stat(pattern)
	return errors.Is(err, os.ErrNotExist)
}

// widest leaves out a package when the same with its tests is there, and the
// main packages that the go command writes for tests.
func widest(all []*packages.Package) []*packages.Package {
	withTests := map[string]bool{}
	for _, pkg := range all {
		if path, _, ok := strings.Cut(pkg.ID, " ["); ok {
			withTests[path] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(pkg *packages.Package) bool {
		return withTests[pkg.ID] || strings.HasSuffix(pkg.ID, ".test") && pkg.Name == "main"
	})
}

// shown is how many errors of a package are told.
const shown = 3

func failure(pkg *packages.Package, base string) Failure {
	f := Failure{Package: pkg.PkgPath}
	for _, err := range pkg.Errors {
		text := goError(err.Msg)
		if err.Pos != "" && err.Pos != "-" {
			text = strings.TrimPrefix(err.Pos, base+string(filepath.Separator)) + ": " + text
		}
		if !slices.Contains(f.Errors, text) {
			f.Errors = append(f.Errors, text)
		}
	}
	if len(f.Errors) == 0 {
		f.Errors = []string{"a package that it imports has errors"}
	}
	if more := len(f.Errors) - shown; more > 0 {
		f.Errors = append(f.Errors[:shown], fmt.Sprintf("and %d more", more))
	}
	return f
}

// firstLine is the first line that says something: the go command begins some
// errors with a "# package" line of its own.
func firstLine(s string) string {
	for line := range strings.Lines(s) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "#") {
			return line
		}
	}
	return strings.TrimSpace(s)
}

// goError is what the go command said, in one line.
func goError(text string) string {
	if _, stderr, ok := strings.Cut(text, "stderr: "); ok {
		text = stderr
	}
	line := firstLine(text)
	if _, rest, ok := strings.Cut(text, line+"\n"); ok && strings.HasSuffix(line, ":") {
		line += " " + firstLine(rest)
	}
	return strings.TrimPrefix(line, "go: ")
}

// loadError says why nothing could be loaded.
type loadError struct {
	patterns []string
	cause    error
}

func (e *loadError) Error() string {
	return fmt.Sprintf("review: load %s: %v", strings.Join(e.patterns, " "), e.cause)
}

func (e *loadError) Unwrap() error { return e.cause }

func (e *loadError) Hint() string {
	return "go list " + strings.Join(e.patterns, " ") + " must work first"
}
