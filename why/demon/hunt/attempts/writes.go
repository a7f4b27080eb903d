package attempts

import (
	"go/ast"
	"go/token"
)

// Who only looks at something waits; who gets in somebody's way changes
// something. So changes of what others can see are counted too: of fields, and
// of variables that are not the function's own.

// writes marks them in all functions of a file.
func (m *marker) writes(tree *ast.File) {
	for _, d := range tree.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
			m.writesIn(f, f.Body)
		}
	}
}

// writesIn marks those of one function, and of those in it.
func (m *marker) writesIn(f ast.Node, body *ast.BlockStmt) {
	mine := declared(f)
	ast.Inspect(body, func(n ast.Node) bool {
		if f, ok := n.(*ast.FuncLit); ok {
			m.writesIn(f, f.Body)
			return false
		}
		for _, s := range statements(n) {
			if writes(s, mine) {
				m.insert(s.Pos(), "trivetWrote%d(); ", m.suffix)
			}
		}
		return true
	})
}

// writes tells that a statement changes what others can see.
func writes(s ast.Stmt, mine map[string]bool) bool {
	switch s := s.(type) {
	case *ast.IfStmt:
		return s.Init != nil && writes(s.Init, mine)
	case *ast.SwitchStmt:
		return s.Init != nil && writes(s.Init, mine)
	case *ast.IncDecStmt:
		return seen(s.X, mine)
	case *ast.AssignStmt:
		if s.Tok == token.DEFINE {
			return false
		}
		for _, l := range s.Lhs {
			if seen(l, mine) {
				return true
			}
		}
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		if !ok {
			return false
		}
		switch f := call.Fun.(type) {
		case *ast.Ident:
			return f.Name == "delete" && len(call.Args) == 2 && seen(call.Args[0], mine)
		case *ast.SelectorExpr: // of an atomic
			return (f.Sel.Name == "Store" || f.Sel.Name == "Swap") && len(call.Args) == 1
		}
	}
	return false
}

// seen tells that others may see a place: a field, or what is not the
// function's own. Elements of a slice of its own are taken for its own.
func seen(e ast.Expr, mine map[string]bool) bool {
	switch e := unparen(e).(type) {
	case *ast.Ident:
		return e.Name != "_" && !mine[e.Name]
	case *ast.SelectorExpr:
		return true
	case *ast.IndexExpr:
		return seen(e.X, mine)
	case *ast.StarExpr:
		return true
	}
	return false
}

// declared are the names that a function declares, those of functions in it
// apart.
func declared(f ast.Node) map[string]bool {
	names := map[string]bool{}
	field := func(list *ast.FieldList) {
		if list == nil {
			return
		}
		for _, f := range list.List {
			for _, id := range f.Names {
				names[id.Name] = true
			}
		}
	}
	var body *ast.BlockStmt
	switch f := f.(type) {
	case *ast.FuncDecl:
		field(f.Recv)
		field(f.Type.Params)
		field(f.Type.Results)
		body = f.Body
	case *ast.FuncLit:
		field(f.Type.Params)
		field(f.Type.Results)
		body = f.Body
	}
	own(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				for _, l := range n.Lhs {
					names[lastName(l)] = true
				}
			}
		case *ast.RangeStmt:
			if n.Tok == token.DEFINE {
				names[lastName(n.Key)] = true
				if n.Value != nil {
					names[lastName(n.Value)] = true
				}
			}
		case *ast.ValueSpec:
			for _, id := range n.Names {
				names[id.Name] = true
			}
		}
		return true
	})
	return names
}
