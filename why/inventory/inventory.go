package inventory

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/packages"
)

// Of finds the patterns in loaded packages, the highest layer first. The
// packages must share one FileSet, as those of [Load] do.
func Of(all []*packages.Package) []Pattern {
	if len(all) == 0 {
		return nil
	}
	w := newWalker(all)
	w.walk()
	var out []Pattern
	out = append(out, w.roles()...)
	for _, p := range all {
		out = append(out, usesOf(p)...)
	}
	return sorted(withoutGroups(out))
}

// withoutGroups drops the fan-outs of a scoped.Group in the function that has
// made it with scoped.Run, which is one already.
func withoutGroups(all []Pattern) []Pattern {
	type fn struct{ file, name string }
	runs := map[fn]bool{}
	for _, p := range all {
		if p.By == "scoped.Run" {
			runs[fn{p.Where.File, p.Func}] = true
		}
	}
	return slices.DeleteFunc(all, func(p Pattern) bool {
		return p.Kind == FanOut && p.By == "scoped.Group" && runs[fn{p.Where.File, p.Func}]
	})
}

func newWalker(all []*packages.Package) *walker {
	w := &walker{
		fset: all[0].Fset, loaded: map[string]bool{}, decls: map[*types.Func]*closure{}, byName: map[string]*closure{},
		relevant: map[*ast.FuncDecl]bool{}, global: map[types.Object]*node{}, walked: map[*ast.FuncDecl]bool{},
	}
	for _, p := range all {
		w.loaded[p.PkgPath] = true
		w.loaded[p.Types.Path()] = true
		src := &source{Package: p}
		for _, f := range p.Syntax {
			for _, d := range f.Decls {
				w.declare(src, d)
			}
		}
	}
	return w
}

func (w *walker) declare(src *source, d ast.Decl) {
	fd, ok := d.(*ast.FuncDecl)
	if !ok || fd.Body == nil {
		return
	}
	fn, ok := src.TypesInfo.Defs[fd.Name].(*types.Func)
	if !ok {
		return
	}
	c := &closure{code: &code{src, fd, fd, fd.Type, fd.Body}}
	w.decls[fn] = c
	if fd.Name.Name != "init" && fd.Name.Name != "_" {
		w.byName[fn.FullName()] = c
	}
}

// walk walks every function that matters: those that nobody is seen to call
// first, then those that these did not reach.
func (w *walker) walk() {
	calls := w.calls()
	w.findRelevant(calls)
	isCalled := map[*ast.FuncDecl]bool{}
	for from, callees := range calls {
		for _, to := range callees {
			isCalled[to] = isCalled[to] || to != from
		}
	}
	all := w.inOrder()
	for _, c := range all {
		d := c.code.decl
		exported := d.Name.IsExported() && c.code.pkg.Name != "main"
		if w.relevant[d] && (exported || !isCalled[d]) {
			w.root(c)
		}
	}
	for _, c := range all {
		if w.relevant[c.code.decl] && !w.walked[c.code.decl] {
			w.root(c)
		}
	}
	for _, o := range w.ops {
		if o.on != nil {
			top := o.on.top()
			top.ops = append(top.ops, o)
		}
	}
}

// inOrder is all declared functions, as they stand in the sources.
func (w *walker) inOrder() []*closure {
	var all []*closure
	for _, c := range w.decls {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *closure) int { return int(a.code.node.Pos() - b.code.node.Pos()) })
	return all
}

// calls is who calls whom, or names a function as a value.
func (w *walker) calls() map[*ast.FuncDecl][]*ast.FuncDecl {
	out := map[*ast.FuncDecl][]*ast.FuncDecl{}
	for _, c := range w.decls {
		ast.Inspect(c.code.body, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			fn, ok := c.code.pkg.TypesInfo.Uses[id].(*types.Func)
			if !ok {
				return true
			}
			to := w.decls[fn.Origin()]
			if to == nil {
				to = w.byName[fn.Origin().FullName()]
			}
			if to != nil {
				out[c.code.decl] = append(out[c.code.decl], to.code.decl)
			}
			return true
		})
	}
	return out
}

// findRelevant marks the functions that start goroutines or meet others, and
// all that call them.
func (w *walker) findRelevant(calls map[*ast.FuncDecl][]*ast.FuncDecl) {
	callers := map[*ast.FuncDecl][]*ast.FuncDecl{}
	for from, callees := range calls {
		for _, to := range callees {
			callers[to] = append(callers[to], from)
		}
	}
	var queue []*ast.FuncDecl
	for _, c := range w.decls {
		if meetsOthers(c.code) {
			queue = append(queue, c.code.decl)
		}
	}
	for len(queue) > 0 {
		d := queue[0]
		queue = queue[1:]
		if w.relevant[d] {
			continue
		}
		w.relevant[d] = true
		queue = append(queue, callers[d]...)
	}
}

// meetsOthers tells whether a function itself does anything that the walk notes.
func meetsOthers(c *code) (found bool) {
	info := c.pkg.TypesInfo
	ast.Inspect(c.node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt, *ast.SendStmt, *ast.SelectStmt:
			found = true
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		case ast.Expr:
			if t := info.TypeOf(n); t != nil && meets(t) {
				found = true
			}
		}
		return !found
	})
	return found
}
