package explain

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/trivet-go/trivet/internal/program"
)

// atomicDecisions returns the places where goroutines that run beside others of
// their kind decide by an atomic operation what to do next: the result of an
// Add, Swap or CompareAndSwap is used, or a Load steers a loop. The compiler
// turns atomics into single instructions, which no recording sees; on one core
// one goroutine may win every such race that many cores would share out.
//
// A goroutine without such a sibling decides something only if it loops until
// another one has changed a value.
//
// The search is in the sources of the functions that the goroutines were
// started with, and of those that stand on their stacks. A counter whose new
// value nobody looks at decides nothing and is not reported.
func (n *names) atomicDecisions() []string {
	files := map[string]map[string]bool{} // file to functions, true for those with siblings
	count := map[string]int{}
	for _, g := range n.p.Goroutines {
		count[g.Start]++
	}
	for _, g := range n.p.Goroutines {
		sibling := count[g.Start] > 1
		for _, op := range g.Ops {
			for _, f := range n.p.Stacks[op.Stack] {
				if n.std(f) {
					if f.Func == "testing.(*PB).Next" {
						return []string{"testing.(*PB).Next deals iterations out"}
					}
					continue
				}
				if ofActors(f) && f.Package() != n.own {
					continue // which actor goes on is no share-out: see actorTurns
				}
				if files[f.File] == nil {
					files[f.File] = map[string]bool{}
				}
				name := declared(f.Func)
				files[f.File][name] = files[f.File][name] || sibling
			}
		}
		if n.fromRunParallel(g) {
			return []string{"testing.(*B).RunParallel deals iterations out"}
		}
	}
	var found []string
	for _, file := range slices.Sorted(maps.Keys(files)) {
		found = append(found, decisionsIn(file, files[file])...)
	}
	return found
}

// fromRunParallel tells whether a benchmark's RunParallel started g.
func (n *names) fromRunParallel(g program.Goroutine) bool {
	return slices.ContainsFunc(n.p.Stacks[g.Site], func(f program.Frame) bool { return f.Func == "testing.(*B).RunParallel" })
}

// declared strips a full name of its package and of the suffixes that closures
// and instantiations add: "a/b.(*T).F.func1" gives "F".
func declared(fn string) string {
	fn = fn[strings.LastIndexByte(fn, '/')+1:]
	fn = strings.ReplaceAll(fn, "[...]", "")
	parts := strings.Split(fn, ".")[1:]
	for _, p := range parts {
		if !strings.HasPrefix(p, "(") {
			if isTypeOf(parts, p) {
				continue
			}
			return p
		}
	}
	return fn
}

// isTypeOf tells whether p is the receiver type of "T.F": the first of two
// parts that are both plain names.
func isTypeOf(parts []string, p string) bool {
	return len(parts) > 1 && parts[0] == p && !strings.HasPrefix(parts[1], "func") && parts[1] != "gowrap1" &&
		parts[1] != "" && (parts[1][0] < '0' || parts[1][0] > '9')
}

// decisionsIn looks through the named functions of a file, if its package uses
// sync/atomic at all.
func decisionsIn(file string, funcs map[string]bool) []string {
	if !usesAtomics(filepath.Dir(file)) {
		return nil
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	var found []string
	for _, d := range f.Decls {
		fd, ok := d.(*ast.FuncDecl)
		if !ok || fd.Body == nil {
			continue
		}
		sibling, ran := funcs[fd.Name.Name]
		if !ran {
			continue
		}
		for _, pos := range decisions(fd.Body, sibling) {
			p := fset.Position(pos)
			found = append(found, place(program.Frame{File: p.Filename, Line: p.Line}))
		}
	}
	return found
}

func usesAtomics(dir string) bool {
	files, _ := filepath.Glob(filepath.Join(dir, "*.go"))
	return slices.ContainsFunc(files, func(file string) bool {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		return err == nil && slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool {
			return i.Path.Value == `"sync/atomic"`
		})
	})
}

// decisions returns the atomic operations of a body that steer a loop, or, if
// the goroutine has siblings, those whose result is used at all.
func decisions(body ast.Node, sibling bool) []token.Pos {
	var at []token.Pos
	var parents []ast.Node
	ast.Inspect(body, func(node ast.Node) bool {
		if node == nil {
			parents = parents[:len(parents)-1]
			return true
		}
		if call, ok := node.(*ast.CallExpr); ok && len(parents) > 0 && steers(call, parents) &&
			(sibling || inLoopCondition(call, parents)) {
			at = append(at, call.Pos())
		}
		parents = append(parents, node)
		return true
	})
	return at
}

func steers(call *ast.CallExpr, parents []ast.Node) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	_, ignored := parents[len(parents)-1].(*ast.ExprStmt)
	name := sel.Sel.Name
	if x, ok := sel.X.(*ast.Ident); ok && x.Name == "atomic" {
		for _, p := range []string{"Add", "CompareAndSwap", "Swap"} {
			if strings.HasPrefix(name, p) {
				return !ignored
			}
		}
		return strings.HasPrefix(name, "Load") && inLoopCondition(call, parents)
	}
	switch {
	case name == "CompareAndSwap" && len(call.Args) == 2, name == "Swap" && len(call.Args) == 1:
		return !ignored
	case name == "Add" && len(call.Args) == 1 && number(call.Args[0]):
		return !ignored
	case name == "Load" && len(call.Args) == 0:
		return inLoopCondition(call, parents)
	}
	return false
}

// number tells an atomic's Add from those of time.Time and the like: what is
// added is a number or a conversion to one.
func number(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.UnaryExpr:
		return number(e.X)
	case *ast.CallExpr:
		id, ok := e.Fun.(*ast.Ident)
		return ok && (strings.HasPrefix(id.Name, "int") || strings.HasPrefix(id.Name, "uint"))
	}
	return false
}

func inLoopCondition(call ast.Node, parents []ast.Node) bool {
	for _, p := range slices.Backward(parents) {
		if loop, ok := p.(*ast.ForStmt); ok {
			return loop.Cond != nil && loop.Cond.Pos() <= call.Pos() && call.End() <= loop.Cond.End()
		}
		if _, ok := p.(*ast.BlockStmt); ok {
			return false
		}
	}
	return false
}
