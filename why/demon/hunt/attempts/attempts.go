// Package attempts finds the loops of a Go file that try for something, and puts
// marks into a copy of the file, so that a run of the copy tells how often each
// goroutine went round such a loop, and how often it got what it tried for.
//
// Livelock is much trying and no success, and only the source knows which is
// which. A program that counts both with demon.Progress says so itself; for all
// others the loop is read. When not to use it: on hot loops of one's own, where
// a counter is cheaper.
//
// A round is one time through the body of a loop. A goal is a sign that a round
// brought the goroutine on:
//
//	for made < 5 { … made++ … }              made has not been so high before
//	for len(todo) > 0 { … }                  todo has not been so short before
//	for hungry { … hungry = false … }        the assignment
//	for !try() { time.Sleep(pause) }         try returns true
//	for { if try() { return } … }            the way out
//	for { if !try() { sleep; continue } … }  what comes after
//
// Ways out for a failure, at a deadline, or because somebody said stop are no
// goals: an error, ctx.Err, a closed channel, a flag. A loop without a goal is a
// server, and is left alone. So is a loop over something, and one that counts its
// rounds up to a bound, for it gets on with each round; unless it does nothing
// but to try.
//
// The reading is by syntax: types are not needed, and what is not understood is
// not marked. A marked file has the same lines as before.
package attempts

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// A Loop is one that was marked.
type Loop struct {
	File string
	Line int
	// Weak: the goal is only what stands behind an early continue. That it is
	// never reached may be meant so.
	Weak bool
	// Serves: the goal is something to do, which may just not be there. Who
	// finds none wants for nothing.
	Serves bool
	// Requeues: what it takes from a channel, it may put back.
	Requeues bool
	// PutsOff: the goal is a timer that each message sets anew.
	PutsOff bool
	// Waits: it is a wait for a condition, up to the line End, and its rounds
	// are changes of what it waits for, by whoever makes them.
	Waits bool
	End   int
}

// A Table numbers the loops of a program, from 1.
type Table struct {
	loops    []Loop
	files    int
	packages map[string]*channels // by directory
}

// most is how many loops an event of the overlay can tell apart.
const most = 65_000

// Loop is the one with a number.
func (t *Table) Loop(id int) (Loop, bool) {
	if id < 1 || id > len(t.loops) {
		return Loop{}, false
	}
	return t.loops[id-1], true
}

// Waits is the number of the wait for a condition at a place, or 0.
func (t *Table) Waits(file string, line int) int {
	for i, l := range t.loops {
		if l.Waits && l.File == file && l.Line <= line && line <= l.End {
			return i + 1
		}
	}
	return 0
}

// Len is how many there are.
func (t *Table) Len() int { return len(t.loops) }

// Mark returns a copy of a file with marks, or nil if there is nothing to mark.
func (t *Table) Mark(name string, text []byte) ([]byte, error) {
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	if unfit(tree) {
		return nil, nil
	}
	t.files++
	m := &marker{table: t, fset: fset, name: name, text: text, suffix: t.files, counted: counted(tree)}
	ast.Inspect(tree, m.visit)
	m.conditions(tree)
	m.writes(tree)
	m.readChannels(tree)
	if len(m.edits) == 0 {
		return nil, nil
	}
	m.insert(tree.Name.End(), `; import _ "unsafe"`)
	return append(m.edited(), m.declarations()...), nil
}

// unfit tells that a file is better left alone: cgo reads its text itself, and
// what is generated says nothing about who wrote it.
func unfit(tree *ast.File) bool {
	for _, i := range tree.Imports {
		if i.Path.Value == `"C"` {
			return true
		}
	}
	return ast.IsGenerated(tree)
}

// counted are the names of what is counted up or down anywhere in the file:
// these are numbers.
func counted(tree *ast.File) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(tree, func(n ast.Node) bool {
		if inc, ok := n.(*ast.IncDecStmt); ok {
			names[lastName(inc.X)] = true
		}
		return true
	})
	return names
}

// marker puts marks into one file.
type marker struct {
	table   *Table
	fset    *token.FileSet
	name    string
	text    []byte
	suffix  int
	counted map[string]bool
	edits   []edit
}

type edit struct {
	at    int
	order int // of several at one place
	text  string
}

func (m *marker) offset(pos token.Pos) int { return m.fset.Position(pos).Offset }

func (m *marker) insert(pos token.Pos, format string, args ...any) {
	m.edits = append(m.edits, edit{m.offset(pos), len(m.edits), fmt.Sprintf(format, args...)})
}

// source is the text of a node.
func (m *marker) source(n ast.Node) string {
	return string(m.text[m.offset(n.Pos()):m.offset(n.End())])
}

func (m *marker) edited() []byte {
	slices.SortStableFunc(m.edits, func(a, b edit) int {
		if a.at != b.at {
			return a.at - b.at
		}
		return a.order - b.order
	})
	var out []byte
	last := 0
	for _, e := range m.edits {
		out = append(out, m.text[last:e.at]...)
		out = append(out, e.text...)
		last = e.at
	}
	return append(out, m.text[last:]...)
}

// declarations are the hooks, under names of this file's own. The runtime of an
// instrumented build has them.
func (m *marker) declarations() []byte {
	return []byte(strings.ReplaceAll(`

//go:linkname trivetEnter# runtime.trivetEnter
func trivetEnter#(loop int)

//go:linkname trivetRound# runtime.trivetRound
func trivetRound#(loop int, value int64)

//go:linkname trivetGoal# runtime.trivetGoal
func trivetGoal#(loop int)

//go:linkname trivetWrote# runtime.trivetWrote
func trivetWrote#()

//go:linkname trivetTried# runtime.trivetTried
func trivetTried#(loop int, ok bool) bool
`, "#", fmt.Sprint(m.suffix)))
}

// visit looks at the lists of statements: only there a mark can be put before a
// loop.
func (m *marker) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BlockStmt:
		m.list(n.List)
	case *ast.CaseClause:
		m.list(n.Body)
	case *ast.CommClause:
		m.list(n.Body)
	}
	return true
}

func (m *marker) list(stmts []ast.Stmt) {
	for _, s := range stmts {
		label := ""
		inner := s
		if l, ok := s.(*ast.LabeledStmt); ok {
			label, inner = l.Label.Name, l.Stmt
		}
		switch loop := inner.(type) {
		case *ast.ForStmt:
			m.loop(s, loop, label, boundedByItself(loop), nil)
		case *ast.RangeStmt:
			switch plain := (&ast.ForStmt{For: loop.For, Body: loop.Body}); {
			case loop.Key == nil: // so many times, or at each tick
				m.loop(s, plain, label, true, nil)
			case m.requeues(loop.Body, loop.X):
				m.loop(s, plain, label, false, loop.X)
			}
		}
	}
}

// loop marks one, if it tries for something. One that is bounded does so only if
// it does nothing else.
func (m *marker) loop(at ast.Stmt, loop *ast.ForStmt, label string, bounded bool, over ast.Expr) {
	if len(m.table.loops) >= most || !works(loop) {
		return
	}
	l := &reading{marker: m, loop: loop, label: label}
	if bounded {
		l.successes()
	} else {
		l.read()
	}
	goals, serves := l.goals, l.serves
	weak := false
	requeues := m.requeues(loop.Body, over)
	if len(goals) == 0 && l.value == "" {
		goals, weak = l.weak, !requeues
	}
	if len(goals) == 0 && l.value == "" {
		return
	}
	m.table.loops = append(m.table.loops, Loop{File: m.name, Line: m.fset.Position(loop.Pos()).Line, Weak: weak, Serves: serves, Requeues: requeues, PutsOff: l.late})
	id := len(m.table.loops)
	m.insert(at.Pos(), "trivetEnter%d(%d); ", m.suffix, id)
	value := "0"
	if l.value != "" {
		value = l.value
	}
	m.insert(loop.Body.Lbrace+1, " trivetRound%d(%d, %s); ", m.suffix, id, value)
	for _, g := range goals {
		g(id)
	}
}

// requeues tells that a loop sends to a channel that it receives from, which is
// from, or any if that is nil.
func (m *marker) requeues(body *ast.BlockStmt, from ast.Expr) bool {
	sent, received := map[string]bool{}, map[string]bool{}
	if from != nil {
		received[m.source(from)] = true
	}
	own(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SendStmt:
			sent[m.source(n.Chan)] = true
		case *ast.UnaryExpr:
			if n.Op == token.ARROW && from == nil {
				received[m.source(n.X)] = true
			}
		}
		return true
	})
	for name := range received {
		if sent[name] {
			return true
		}
	}
	return false
}

// boundedByItself tells that a loop comes nearer to its end with each round,
// whatever happens in it.
func boundedByItself(loop *ast.ForStmt) bool {
	if loop.Post == nil || loop.Cond == nil {
		return false
	}
	name := ""
	switch post := loop.Post.(type) {
	case *ast.IncDecStmt:
		name = lastName(post.X)
	case *ast.AssignStmt:
		name = lastName(post.Lhs[0])
	}
	found := false
	ast.Inspect(loop.Cond, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == name {
			found = true
		}
		return true
	})
	return found && name != ""
}

// works tells that a loop does more than to compute: it calls something, or
// uses a channel.
func works(loop *ast.ForStmt) bool {
	found := false
	look := func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr, *ast.SendStmt, *ast.SelectStmt:
			found = true
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		}
		return !found
	}
	ast.Inspect(loop.Body, look)
	if loop.Cond != nil {
		ast.Inspect(loop.Cond, look)
	}
	return found
}
