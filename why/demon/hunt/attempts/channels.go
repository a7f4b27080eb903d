package attempts

import (
	"go/ast"
	"go/token"
	"path/filepath"
	"strconv"
)

// Who would receive from a channel from which nobody has received yet, is told
// by the source: the functions in which its name is received from. Names are
// followed within a package, and through the parameters of its functions.

// A Span is the lines of a function.
type Span struct {
	File     string
	From, To int
}

// Has tells that a place lies in it.
func (s Span) Has(file string, line int) bool {
	return s.File == file && s.From <= line && line <= s.To
}

// channels are those of a package.
type channels struct {
	makes    map[string][]string // by file:line of make: the names that the channel gets
	receives map[string][]Span   // by name
	passed   map[string][]string // by name: the names that it has as a parameter
}

// Receivers are the functions that receive from a channel that is made at a
// place.
func (t *Table) Receivers(file string, line int) []Span {
	p := t.packages[filepath.Dir(file)]
	if p == nil {
		return nil
	}
	var found []Span
	done := map[string]bool{}
	names := p.makes[file+":"+strconv.Itoa(line)]
	for len(names) > 0 {
		name := names[0]
		names = names[1:]
		if !done[name] {
			done[name] = true
			found = append(found, p.receives[name]...)
			names = append(names, p.passed[name]...)
		}
	}
	return found
}

// readChannels takes in what a file does with channels.
func (m *marker) readChannels(tree *ast.File) {
	dir := filepath.Dir(m.name)
	p := m.table.packages[dir]
	if p == nil {
		p = &channels{map[string][]string{}, map[string][]Span{}, map[string][]string{}}
		if m.table.packages == nil {
			m.table.packages = map[string]*channels{}
		}
		m.table.packages[dir] = p
	}
	var path []ast.Node
	ast.Inspect(tree, func(n ast.Node) bool {
		if n == nil {
			path = path[:len(path)-1]
			return true
		}
		path = append(path, n)
		switch n := n.(type) {
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				m.receive(p, n.X, path)
			}
		case *ast.RangeStmt:
			m.receive(p, n.X, path)
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok && id.Name == "make" && len(n.Args) > 0 {
				if _, ok := n.Args[0].(*ast.ChanType); ok {
					at := m.name + ":" + strconv.Itoa(m.fset.Position(n.Pos()).Line)
					p.makes[at] = append(p.makes[at], madeNames(path)...)
				}
				return true
			}
			for i, a := range n.Args {
				if isPlace(a) {
					key := scoped(lastName(a), path)
					p.passed[key] = append(p.passed[key], parameter(lastName(n.Fun), i))
				}
			}
		}
		return true
	})
}

// receive notes that the innermost function receives from an expression.
func (m *marker) receive(p *channels, e ast.Expr, path []ast.Node) {
	name := lastName(e)
	if name == "" || !isPlace(e) {
		return
	}
	for i := len(path) - 1; i >= 0; i-- {
		switch path[i].(type) {
		case *ast.FuncLit, *ast.FuncDecl:
			key := scoped(name, path)
			p.receives[key] = append(p.receives[key], Span{m.name, m.fset.Position(path[i].Pos()).Line, m.fset.Position(path[i].End()).Line})
			return
		}
	}
}

// scoped is a name as it is known in the package: a parameter of a declared
// function has the function's name before it.
func scoped(name string, path []ast.Node) string {
	for _, n := range path {
		f, ok := n.(*ast.FuncDecl)
		if !ok {
			continue
		}
		i := 0
		for _, field := range f.Type.Params.List {
			for _, id := range field.Names {
				if id.Name == name {
					return parameter(f.Name.Name, i)
				}
				i++
			}
		}
	}
	return name
}

func parameter(function string, i int) string { return function + "#" + strconv.Itoa(i) }

// madeNames are the names that a channel gets where it is made.
func madeNames(path []ast.Node) []string {
	for i := len(path) - 1; i >= 0; i-- {
		switch n := path[i].(type) {
		case *ast.KeyValueExpr:
			if id, ok := n.Key.(*ast.Ident); ok {
				return []string{id.Name}
			}
		case *ast.AssignStmt:
			var names []string
			for _, l := range n.Lhs {
				names = append(names, scoped(lastName(l), path))
			}
			return names
		case *ast.ValueSpec:
			var names []string
			for _, l := range n.Names {
				names = append(names, l.Name)
			}
			return names
		case *ast.FuncLit, *ast.FuncDecl:
			return nil
		}
	}
	return nil
}
