package demons

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// programsDir holds the programs with livelock and starvation, below the bench
// directory. README.md there says how they are labelled.
const programsDir = "demons/programs"

var programKinds = []string{"livelock", "starvation"}

// A span is the lines of a function.
type span struct {
	file     string
	from, to int
}

func (s span) has(f frame) bool {
	return filepath.Base(f.File) == s.file && s.from <= f.Line && f.Line <= s.to
}

// loadPrograms returns a flawed and a healthy target for each program.
func loadPrograms(root string) ([]target, error) {
	var all []target
	for _, kind := range programKinds {
		dir := filepath.Join(root, programsDir, kind)
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			flawed := filepath.Join(dir, e.Name(), "flawed")
			sites, err := markedFunctions(filepath.Join(flawed, e.Name()+".go"))
			if err != nil {
				return nil, err
			}
			if len(sites) == 0 {
				return nil, fmt.Errorf("%s: no line is marked // demon", flawed)
			}
			all = append(all,
				target{name: e.Name(), class: kind, demon: kind, dir: flawed, right: func(f frame) bool { return inAny(sites, f) }},
				target{name: e.Name(), class: kind, dir: filepath.Join(dir, e.Name(), "healthy")})
		}
	}
	return all, nil
}

func inAny(spans []span, f frame) bool {
	for _, s := range spans {
		if s.has(f) {
			return true
		}
	}
	return false
}

// markedFunctions returns the innermost functions around the lines that are
// marked // demon.
func markedFunctions(file string) ([]span, error) {
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, file, nil, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	var found []span
	for _, group := range tree.Comments {
		for _, c := range group.List {
			if strings.TrimSpace(strings.TrimPrefix(c.Text, "//")) != "demon" {
				continue
			}
			var inner ast.Node
			ast.Inspect(tree, func(n ast.Node) bool {
				switch n.(type) {
				case *ast.FuncDecl, *ast.FuncLit:
					if n.Pos() <= c.Pos() && c.Pos() < n.End() {
						inner = n
					}
				}
				return true
			})
			if inner == nil {
				return nil, fmt.Errorf("%s: a line outside of functions is marked", fset.Position(c.Pos()))
			}
			found = append(found, span{filepath.Base(file), fset.Position(inner.Pos()).Line, fset.Position(inner.End()).Line})
		}
	}
	return found, nil
}
