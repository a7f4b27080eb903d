package attempts

import (
	"go/ast"
	"go/token"
	"slices"
)

// reading is a loop that is read for its goals.
type reading struct {
	*marker
	loop  *ast.ForStmt
	label string

	value  string           // of a round: higher is nearer to the goal
	goals  []func(loop int) // put the marks in
	weak   []func(loop int) // what may be a goal
	serves bool             // all goals are work that is found
	late   bool             // the goal is a timer that is put off
}

func (r *reading) read() {
	if r.loop.Cond != nil {
		for _, c := range parts(r.loop.Cond, token.LAND) {
			r.condition(c)
		}
	}
	r.exits()
	if r.value == "" && len(r.goals) == 0 {
		r.successes()
		r.serves = len(r.goals) > 0
		r.late = len(r.goals) == 0 && r.putOff()
		r.rests()
	}
}

// own visits what a loop does itself, not what functions do that it makes.
func own(n ast.Node, visit func(ast.Node) bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if _, ok := n.(*ast.FuncLit); ok {
			return false
		}
		return visit(n)
	})
}

// goal puts a mark before a statement of a list.
func (r *reading) goal(pos token.Pos) func(int) {
	return func(id int) { r.insert(pos, "trivetGoal%d(%d); ", r.suffix, id) }
}

// condition reads one part of the condition, under which the loop goes on.
func (r *reading) condition(c ast.Expr) {
	c = unparen(c)
	if b, ok := c.(*ast.BinaryExpr); ok {
		r.comparison(b)
		return
	}
	if x := negated(c); x != nil {
		switch {
		case r.assigned(x):
		case isAttempt(x), isPlace(x) && !ending.any(fullName(x)):
			r.goals = append(r.goals, func(id int) {
				r.insert(x.Pos(), "trivetTried%d(%d, ", r.suffix, id)
				r.insert(x.End(), ")")
			})
		}
		return
	}
	switch {
	case r.assigned(c):
	case isAttempt(c) && len(r.loop.Body.List) == 0: // for step() {}
		r.weak = append(r.weak, func(id int) {
			r.insert(c.Pos(), "!trivetTried%d(%d, !", r.suffix, id)
			r.insert(c.End(), ")")
		})
	}
}

// comparison reads a part such as made < 5 or len(todo) > 0.
func (r *reading) comparison(b *ast.BinaryExpr) {
	var up, down ast.Expr // what grows, or shrinks, towards the end
	switch b.Op {
	case token.LSS, token.LEQ:
		up, down = b.X, b.Y
	case token.GTR, token.GEQ:
		up, down = b.Y, b.X
	case token.NEQ, token.EQL:
		up, down = b.X, b.Y
	default:
		return
	}
	if !ending.any(fullName(up)) && r.counts(up, token.INC) {
		r.value = "int64(" + r.source(up) + ")"
		return
	}
	if !ending.any(fullName(down)) && r.counts(down, token.DEC) {
		r.value = "-int64(" + r.source(down) + ")"
		return
	}
	if b.Op == token.NEQ && r.counts(up, token.DEC) {
		r.value = "-int64(" + r.source(up) + ")"
		return
	}
	_ = r.assigned(b.X) || r.assigned(b.Y)
}

// counts tells that an expression is a number that can be read without an
// effect: a length, a variable that is counted in this file, an atomic number.
func (r *reading) counts(e ast.Expr, dir token.Token) bool {
	e = unparen(e)
	if call, ok := e.(*ast.CallExpr); ok {
		switch f := call.Fun.(type) {
		case *ast.Ident:
			return f.Name == "len" && len(call.Args) == 1 && isPlace(call.Args[0])
		case *ast.SelectorExpr:
			return f.Sel.Name == "Load" && len(call.Args) == 0 && isPlace(f.X)
		}
		return false
	}
	if !isPlace(e) || !r.counted[lastName(e)] {
		return false
	}
	// A variable that this loop counts the other way is no sign, and neither is
	// one that just counts its rounds.
	other, each, set := false, false, false
	for _, s := range r.loop.Body.List {
		inc, ok := s.(*ast.IncDecStmt)
		each = each || ok && r.source(inc.X) == r.source(e)
	}
	own(r.loop.Body, func(n ast.Node) bool {
		switch s := n.(type) {
		case *ast.IncDecStmt:
			other = other || s.Tok != dir && r.source(s.X) == r.source(e)
		case *ast.AssignStmt:
			set = set || r.source(s.Lhs[0]) == r.source(e)
		}
		return true
	})
	return !other && (!each || set)
}

// assigned marks the assignments of the body to a variable of the condition.
func (r *reading) assigned(e ast.Expr) bool {
	e = unparen(e)
	if !isPlace(e) || ending.any(fullName(e)) {
		return false
	}
	found := false
	r.lists(func(s ast.Stmt) {
		a, ok := s.(*ast.AssignStmt)
		if ok && a.Tok != token.DEFINE && slices.ContainsFunc(a.Lhs, func(l ast.Expr) bool { return r.source(l) == r.source(e) }) {
			found = true
			r.goals = append(r.goals, r.goal(s.Pos()))
		}
	})
	return found
}

// lists visits the statements of the body that stand in lists, where a mark can
// be put before them.
func (r *reading) lists(visit func(ast.Stmt)) {
	own(r.loop.Body, func(n ast.Node) bool {
		for _, s := range statements(n) {
			visit(s)
		}
		return true
	})
}

// statements are those that stand in the list of a block or a case.
func statements(n ast.Node) []ast.Stmt {
	switch n := n.(type) {
	case *ast.BlockStmt:
		return n.List
	case *ast.CaseClause:
		return n.Body
	case *ast.CommClause:
		return n.Body
	}
	return nil
}

// exits marks the ways out of the loop that are a success.
func (r *reading) exits() {
	var path []ast.Node
	ast.Inspect(r.loop.Body, func(n ast.Node) bool {
		if n == nil {
			path = path[:len(path)-1]
			return true
		}
		if _, ok := n.(*ast.FuncLit); ok {
			return false
		}
		path = append(path, n)
		switch s := n.(type) {
		case *ast.ReturnStmt:
			if !r.either(path) && !returnsError(s) {
				r.exit(s, path)
			}
		case *ast.BranchStmt:
			if s.Tok == token.BREAK && r.breaks(s, path) && !r.either(path) {
				r.exit(s, path)
			}
		}
		return true
	})
}

// either marks the part of a guard that says that something was achieved, where
// others say that it is time to go: if err == nil || ctx.Err() != nil.
func (r *reading) either(path []ast.Node) bool {
	g, ok := guardOf(path)
	if !ok || g.IfStmt == nil || g.otherwise {
		return false
	}
	all := parts(g.Cond, token.LOR)
	if len(all) < 2 {
		return false
	}
	found := false
	for _, c := range all {
		if r.achieved(g.IfStmt, c, token.LAND) {
			found = true
			r.goals = append(r.goals, func(id int) {
				r.insert(c.Pos(), "trivetTried%d(%d, ", r.suffix, id)
				r.insert(c.End(), ")")
			})
		}
	}
	return found
}

// exit marks a way out, the last of path, if it is a success or may be one.
func (r *reading) exit(s ast.Stmt, path []ast.Node) {
	switch guard, ok := guardOf(path); {
	case !ok:
	case guard.sure(r):
		r.goals = append(r.goals, r.goal(s.Pos()))
	case guard.likely():
		r.weak = append(r.weak, r.goal(s.Pos()))
	}
}

func returnsError(s *ast.ReturnStmt) bool {
	if len(s.Results) == 0 {
		return false
	}
	switch last := unparen(s.Results[len(s.Results)-1]).(type) {
	case *ast.CallExpr:
		name := lastName(last.Fun)
		return name == "Errorf" || name == "New" || name == "Err" || name == "Cause" || name == "Join"
	case *ast.Ident:
		return last.Name == "false" || isError(last)
	case *ast.SelectorExpr:
		return isError(last) || len(last.Sel.Name) > 3 && last.Sel.Name[:3] == "Err"
	}
	return false
}

// breaks tells that a break leaves this loop.
func (r *reading) breaks(s *ast.BranchStmt, path []ast.Node) bool {
	if s.Label != nil {
		return s.Label.Name == r.label
	}
	for _, n := range path[1:] {
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt, *ast.SelectStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt:
			return false
		}
	}
	return true
}

// A guard is the nearest condition above a way out; nil: there is none.
type guard struct {
	*ast.IfStmt
	otherwise bool // it must not hold
}

// guardOf finds it. A case of a select or switch tells nothing, nor does what
// fails.
func guardOf(path []ast.Node) (g guard, ok bool) {
	for i := len(path) - 2; i >= 0; i-- {
		switch n := path[i].(type) {
		case *ast.IfStmt:
			then := path[i+1] == n.Body
			return guard{n, !then}, !(then && fails(n))
		case *ast.CommClause, *ast.CaseClause, *ast.RangeStmt:
			return guard{}, false
		}
	}
	return guard{}, true
}

// sure tells that whoever passes has achieved something.
func (g guard) sure(r *reading) bool {
	switch {
	case g.IfStmt == nil:
		return r.retries() // at the end of the body: whoever comes so far is through
	case g.otherwise:
		return r.missed(g.IfStmt, g.Cond)
	}
	return r.achieved(g.IfStmt, g.Cond, token.LAND)
}

// likely tells that the guard asks for a state that somebody changes: a field,
// a method, or whether two of them are equal. Limits, and values with a name or
// a number, are rather signs of an end.
func (g guard) likely() bool {
	if g.IfStmt == nil {
		return false
	}
	for _, c := range parts(g.Cond, token.LAND) {
		c = unparen(c)
		if x := negated(c); x != nil {
			c = x
		}
		if ending.any(fullName(c)) {
			return false
		}
		b, ok := c.(*ast.BinaryExpr)
		if ok && (b.Op == token.EQL || b.Op == token.NEQ) && isState(b.X) && isState(b.Y) || !ok && isState(c) {
			return true
		}
	}
	return false
}

// isState tells that an expression is a field or a call without arguments.
func isState(e ast.Expr) bool {
	switch e := unparen(e).(type) {
	case *ast.SelectorExpr:
		return isPlace(e) && !ast.IsExported(e.Sel.Name)
	case *ast.IndexExpr:
		return isPlace(e)
	case *ast.CallExpr:
		_, method := e.Fun.(*ast.SelectorExpr)
		return method && len(e.Args) == 0
	}
	return false
}

// fails tells that a block ends the test, or the program.
func fails(s *ast.IfStmt) bool {
	found := false
	own(s.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && failing.MatchString(lastName(call.Fun)) {
			found = true
		}
		return true
	})
	return found
}

// achieved tells that a condition holds when something was achieved.
func (r *reading) achieved(s *ast.IfStmt, cond ast.Expr, op token.Token) bool {
	for _, c := range parts(cond, op) {
		c = unparen(c)
		switch x := c.(type) {
		case *ast.BinaryExpr:
			if x.Op == token.EQL && isError(x.X) && isNil(x.Y) {
				return true
			}
			if r.reached(x) {
				return true
			}
		case *ast.CallExpr:
			if isAttempt(x) {
				return true
			}
		case *ast.Ident:
			if r.answer(s, x.Name) {
				return true
			}
		}
	}
	return false
}

// missed tells that a condition holds when an attempt failed.
func (r *reading) missed(s *ast.IfStmt, cond ast.Expr) bool {
	for _, c := range parts(cond, token.LOR) {
		c = unparen(c)
		if b, ok := c.(*ast.BinaryExpr); ok && b.Op == token.NEQ && isError(b.X) && isNil(b.Y) {
			return true
		}
		switch x := negated(c).(type) {
		case *ast.CallExpr:
			if isAttempt(x) {
				return true
			}
		case *ast.Ident:
			if r.answer(s, x.Name) {
				return true
			}
		}
	}
	return false
}

// reached tells that a comparison is of something that the loop counts: the
// value of the rounds is told then.
func (r *reading) reached(b *ast.BinaryExpr) bool {
	switch b.Op {
	case token.EQL, token.GEQ, token.GTR:
	default:
		return false
	}
	found := false
	own(r.loop.Body, func(n ast.Node) bool {
		if inc, ok := n.(*ast.IncDecStmt); ok && inc.Tok == token.INC && r.source(inc.X) == r.source(b.X) {
			found = true
		}
		return true
	})
	return found && isPlace(b.X) && !ending.any(fullName(b.X))
}

// answer tells that a variable holds what an attempt of this round said.
func (r *reading) answer(s *ast.IfStmt, name string) bool {
	if ending.any(name) {
		return false
	}
	found := false
	look := func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if !ok || len(a.Rhs) != 1 {
			return true
		}
		for _, l := range a.Lhs {
			if id, ok := l.(*ast.Ident); ok && id.Name == name && isAttempt(a.Rhs[0]) {
				found = true
			}
		}
		return true
	}
	own(r.loop.Body, look)
	return found
}

// successes marks what is done on success in a loop that otherwise only waits.
func (r *reading) successes() {
	for i, s := range r.loop.Body.List {
		cond, ok := s.(*ast.IfStmt)
		if !ok || fails(cond) {
			continue
		}
		rest := r.loop.Body.List[i+1:]
		switch {
		case r.achieved(cond, cond.Cond, token.LAND) && (cond.Else == nil || idle(cond.Else)) && idleList(rest) && idleList(r.loop.Body.List[:i]):
			if len(cond.Body.List) > 0 {
				r.goals = append(r.goals, r.goal(cond.Body.List[0].Pos()))
			}
		case r.missed(cond, cond.Cond) && cond.Else == nil && idle(cond.Body) && endsInContinue(cond.Body) && len(rest) > 0:
			r.goals = append(r.goals, r.goal(rest[0].Pos()))
		case r.missed(cond, cond.Cond) && cond.Else != nil && idle(cond.Body) && idleList(rest):
			if block, ok := cond.Else.(*ast.BlockStmt); ok && len(block.List) > 0 {
				r.goals = append(r.goals, r.goal(block.List[0].Pos()))
			}
		}
	}
}

// retries tells that a round may end early, to begin anew.
func (r *reading) retries() bool {
	return slices.ContainsFunc(r.loop.Body.List, func(s ast.Stmt) bool {
		cond, ok := s.(*ast.IfStmt)
		return ok && endsInContinue(cond.Body)
	})
}

// rests marks, as something that may be a goal, what stands behind an early
// continue.
func (r *reading) rests() {
	own(r.loop.Body, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			return false
		}
		list := statements(n)
		for i, s := range list {
			if cond, ok := s.(*ast.IfStmt); ok && cond.Else == nil && continues(cond.Body) && i+1 < len(list) && !isFailure(cond) {
				r.weak = append(r.weak, r.goal(list[i+1].Pos()))
			}
		}
		return true
	})
}

func isFailure(s *ast.IfStmt) bool {
	return ending.any(fullName(s.Cond)) || fails(s)
}

func endsInContinue(b *ast.BlockStmt) bool {
	if len(b.List) == 0 {
		return false
	}
	s, ok := b.List[len(b.List)-1].(*ast.BranchStmt)
	return ok && s.Tok == token.CONTINUE
}

// continues tells that a block always leaves the round early.
func continues(b *ast.BlockStmt) bool {
	if endsInContinue(b) {
		return true
	}
	if len(b.List) == 0 {
		return false
	}
	choice, ok := b.List[len(b.List)-1].(*ast.SelectStmt)
	if !ok {
		return false
	}
	some := false
	for _, c := range choice.Body.List {
		body := c.(*ast.CommClause).Body
		if len(body) == 0 {
			return false
		}
		switch last := body[len(body)-1].(type) {
		case *ast.ReturnStmt:
		case *ast.BranchStmt:
			some = some || last.Tok == token.CONTINUE
		default:
			return false
		}
	}
	return some
}

// idle tells that a statement brings nobody on: it waits, undoes, or computes
// how long to wait.
func idle(s ast.Stmt) bool {
	switch s := s.(type) {
	case nil:
		return true
	case *ast.EmptyStmt, *ast.DeclStmt:
		return true
	case *ast.BranchStmt:
		return s.Tok == token.CONTINUE
	case *ast.IncDecStmt:
		return true
	case *ast.AssignStmt:
		return !slices.ContainsFunc(s.Rhs, func(e ast.Expr) bool { return isAttempt(e) && !waiting.any(fullName(e)) && !ending.any(fullName(e)) }) || s.Tok == token.DEFINE
	case *ast.ExprStmt:
		if call, ok := s.X.(*ast.CallExpr); ok {
			return waiting.any(lastName(call.Fun))
		}
		return true // a receive
	case *ast.BlockStmt:
		return idleList(s.List)
	case *ast.IfStmt:
		return idle(s.Body) && (s.Else == nil || idle(s.Else)) || endsLoop(s.Body)
	case *ast.SelectStmt:
		return !slices.ContainsFunc(s.Body.List, func(c ast.Stmt) bool {
			clause := c.(*ast.CommClause)
			return !endsLoop(&ast.BlockStmt{List: clause.Body}) && !idleList(clause.Body)
		})
	}
	return false
}

func idleList(list []ast.Stmt) bool {
	return !slices.ContainsFunc(list, func(s ast.Stmt) bool { return !idle(s) })
}

// endsLoop tells that a block leaves.
func endsLoop(b *ast.BlockStmt) bool {
	if len(b.List) == 0 {
		return false
	}
	switch s := b.List[len(b.List)-1].(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.BranchStmt:
		return s.Tok == token.BREAK || s.Tok == token.GOTO
	}
	return false
}
