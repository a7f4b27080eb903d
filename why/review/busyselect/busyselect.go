package busyselect

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"

	"github.com/trivet-go/trivet/why/review/internal/rule"
)

var Rule = rule.Rule{
	Name:     "busy-select",
	Question: rule.Selection,
	Demon:    "starvation",
	Title:    "A loop asks channels again and again instead of waiting",
	Why:      "while no value comes, one core does nothing but ask",
	Try:      "leave the default out; add a case for the context or for a ticker when something else must end the wait",
	Sure:     "high",
	Analyzer: Analyzer,
}

var Analyzer = rule.Analyzer("busy-select", run)

func run(pass *analysis.Pass) error {
	for _, file := range pass.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			if loop, ok := n.(*ast.ForStmt); ok && endless(pass, loop) {
				check(pass, loop)
			}
			return true
		})
	}
	return nil
}

// endless tells whether a loop has no end of its own, or one that another
// goroutine decides through an atomic.
func endless(pass *analysis.Pass, loop *ast.ForStmt) bool {
	if loop.Init != nil || loop.Post != nil {
		return false
	}
	cond := loop.Cond
	switch c := cond.(type) {
	case *ast.UnaryExpr:
		cond = c.X
	case *ast.BinaryExpr:
		if pass.TypesInfo.Types[c.Y].Value != nil { // compared with a constant
			cond = c.X
		}
	}
	call, ok := cond.(*ast.CallExpr)
	return loop.Cond == nil || ok && instant(pass, call)
}

// check reports the loop if all that it does is a select that does not wait, or
// statements as cheap around it.
func check(pass *analysis.Pass, loop *ast.ForStmt) {
	var polls *ast.SelectStmt
	for _, stmt := range loop.Body.List {
		choice, ok := stmt.(*ast.SelectStmt)
		switch {
		case ok && polls == nil:
			polls = choice
		case ok || !idle(pass, stmt):
			return
		}
	}
	if polls == nil || len(polls.Body.List) < 2 {
		return
	}
	for _, clause := range polls.Body.List {
		comm := clause.(*ast.CommClause)
		if comm.Comm != nil {
			continue
		}
		for _, stmt := range comm.Body {
			if !idle(pass, stmt) {
				return
			}
		}
		rule.Report(pass, polls.Pos(), "this loop asks its channels again and again instead of waiting",
			rule.At(comm.Pos(), "with nothing to receive or send, it goes round at once"))
		return
	}
}

// idle tells whether a statement takes no time and leads nowhere
// else: no call that could be work or wait, no way out, no channel.
func idle(pass *analysis.Pass, n ast.Node) bool {
	quick := true
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			quick = quick && instant(pass, n)
		case *ast.ReturnStmt, *ast.GoStmt, *ast.DeferStmt, *ast.SendStmt, *ast.SelectStmt, *ast.RangeStmt, *ast.ForStmt, *ast.FuncLit:
			quick = false
		case *ast.BranchStmt:
			quick = quick && n.Tok.String() == "continue"
		case *ast.UnaryExpr:
			quick = quick && n.Op.String() != "<-"
		}
		return quick
	})
	return quick
}

// instant tells whether a call returns at once: a conversion, a builtin, an
// atomic, or the offer to let others run.
func instant(pass *analysis.Pass, call *ast.CallExpr) bool {
	if tv := pass.TypesInfo.Types[call.Fun]; tv.IsType() || tv.IsBuiltin() {
		return true
	}
	var name *ast.Ident
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		name = fun
	case *ast.SelectorExpr:
		name = fun.Sel
	default:
		return false
	}
	fn, ok := pass.TypesInfo.Uses[name].(*types.Func)
	if !ok || fn.Pkg() == nil {
		return false
	}
	return fn.Pkg().Path() == "sync/atomic" || fn.FullName() == "runtime.Gosched"
}
