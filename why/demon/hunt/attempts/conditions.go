package attempts

import (
	"go/ast"
	"go/token"
)

// A wait for a condition is a loop around Wait that asks for something:
//
//	for l.readers > 0 { l.changed.Wait() }
//
// Changes of what it asks for are marked everywhere in the file, as rounds of
// that loop: while somebody waits, they tell that others get on.

// conditions marks the changes of what waits ask for.
func (m *marker) conditions(tree *ast.File) {
	asked := map[string][]int{} // by name of a field: the loops
	ast.Inspect(tree, func(n ast.Node) bool {
		loop, ok := n.(*ast.ForStmt)
		if !ok || loop.Cond == nil || len(m.table.loops) >= most || !waitsIn(loop.Body) {
			return true
		}
		var names []string
		ast.Inspect(loop.Cond, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if isPlace(s) && !ending.any(fullName(s)) {
					names = append(names, s.Sel.Name)
				}
				return false
			}
			return true
		})
		if len(names) > 0 {
			m.table.loops = append(m.table.loops, Loop{File: m.name, Line: m.fset.Position(loop.Pos()).Line, End: m.fset.Position(loop.End()).Line, Waits: true})
			for _, name := range names {
				asked[name] = append(asked[name], len(m.table.loops))
			}
		}
		return true
	})
	if len(asked) > 0 {
		ast.Inspect(tree, func(n ast.Node) bool { return m.changes(n, asked) })
	}
}

// waitsIn tells that a body calls Wait without arguments.
func waitsIn(body *ast.BlockStmt) bool {
	for _, s := range body.List {
		if e, ok := s.(*ast.ExprStmt); ok {
			if call, ok := e.X.(*ast.CallExpr); ok && len(call.Args) == 0 && lastName(call.Fun) == "Wait" {
				return true
			}
		}
	}
	return false
}

// changes marks the changes in a list of statements.
func (m *marker) changes(n ast.Node, asked map[string][]int) bool {
	for _, s := range statements(n) {
		changed := s
		if c, ok := s.(*ast.IfStmt); ok && c.Init != nil {
			changed = c.Init
		}
		for _, id := range asked[changedField(changed)] {
			m.insert(s.Pos(), "trivetRound%d(%d, 0); ", m.suffix, id)
		}
	}
	return true
}

// changedField is the field that a statement counts or assigns, or "".
func changedField(s ast.Stmt) string {
	var to ast.Expr
	switch s := s.(type) {
	case *ast.IncDecStmt:
		to = s.X
	case *ast.AssignStmt:
		if s.Tok != token.DEFINE && len(s.Lhs) == 1 {
			to = s.Lhs[0]
		}
	}
	if f, ok := to.(*ast.SelectorExpr); ok {
		return f.Sel.Name
	}
	return ""
}
