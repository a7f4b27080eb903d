package attempts

import (
	"go/ast"
	"go/token"
)

// A timer that is set anew at each message fires only when no message has come
// for a while. If the messages are just put aside until then, the work waits for
// a pause that may never come:
//
//	for {
//		select {
//		case m := <-in:
//			batch = append(batch, m)
//			quiet.Reset(while)
//		case <-quiet.C:
//			send(batch)
//		}
//	}
//
// That the timer fires is the goal. Where messages are worked on as they come, or
// the timer ends the loop, it watches for silence, and is no such thing.

// putOff finds such a timer, and marks where it fires.
func (r *reading) putOff() bool {
	for _, s := range r.loop.Body.List {
		choice, ok := s.(*ast.SelectStmt)
		if !ok {
			continue
		}
		for _, c := range choice.Body.List {
			fires := c.(*ast.CommClause)
			timer := r.timerOf(fires)
			if timer == "" || len(fires.Body) == 0 || leaves(fires.Body) || !r.isPutOff(choice, fires, timer) {
				continue
			}
			r.goals = append(r.goals, r.goal(fires.Body[0].Pos()))
			return true
		}
	}
	return false
}

// timeAfter in a select makes a new timer in each round.
const timeAfter = "time.After"

// timerOf is the timer whose channel a case receives from, or "".
func (r *reading) timerOf(c *ast.CommClause) string {
	e, ok := c.Comm.(*ast.ExprStmt)
	if !ok {
		return ""
	}
	u, ok := unparen(e.X).(*ast.UnaryExpr)
	if !ok || u.Op != token.ARROW {
		return ""
	}
	if call, ok := unparen(u.X).(*ast.CallExpr); ok && r.source(call.Fun) == timeAfter {
		return timeAfter
	}
	s, ok := unparen(u.X).(*ast.SelectorExpr)
	if !ok || s.Sel.Name != "C" || !isPlace(s.X) {
		return ""
	}
	return r.source(s.X)
}

// isPutOff tells that another case sets the timer anew and does no more than to
// put something aside.
func (r *reading) isPutOff(choice *ast.SelectStmt, fires *ast.CommClause, timer string) bool {
	found := false
	for _, c := range choice.Body.List {
		other := c.(*ast.CommClause)
		if other == fires || !r.resets(other, timer) {
			continue
		}
		if !r.putsAside(other, timer) {
			return false
		}
		found = true
	}
	return found
}

func (r *reading) resets(c *ast.CommClause, timer string) bool {
	if timer == timeAfter {
		return !leaves(c.Body)
	}
	found := false
	r.calls(c, func(f ast.Expr) {
		if s, ok := f.(*ast.SelectorExpr); ok && s.Sel.Name == "Reset" && r.source(s.X) == timer {
			found = true
		}
	})
	return found
}

// putsAside tells that a case only keeps what came, and sets the timer.
func (r *reading) putsAside(c *ast.CommClause, timer string) bool {
	only := !leaves(c.Body)
	r.calls(c, func(f ast.Expr) {
		switch f := f.(type) {
		case *ast.Ident:
			only = only && (f.Name == "append" || f.Name == "len" || f.Name == "cap" || f.Name == "copy")
		case *ast.SelectorExpr:
			only = only && r.source(f.X) == timer
		default:
			only = false
		}
	})
	for _, s := range c.Body {
		own(s, func(n ast.Node) bool {
			if _, ok := n.(*ast.SendStmt); ok {
				only = false
			}
			return true
		})
	}
	return only
}

// calls visits what the body of a case calls.
func (r *reading) calls(c *ast.CommClause, visit func(ast.Expr)) {
	for _, s := range c.Body {
		own(s, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				visit(unparen(call.Fun))
			}
			return true
		})
	}
}

// leaves tells that a body may end the loop, or the test.
func leaves(body []ast.Stmt) bool {
	found := false
	for _, s := range body {
		own(s, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ReturnStmt:
				found = true
			case *ast.BranchStmt:
				found = found || n.Tok != token.CONTINUE
			case *ast.CallExpr:
				found = found || failing.MatchString(lastName(n.Fun))
			}
			return true
		})
	}
	return found
}
