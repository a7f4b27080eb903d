package attempts

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// What names tell. A flag that somebody sets to end a loop, a deadline and an
// error are no goals; neither is a question about the state of something.
var (
	ending = words(`stop stopped stopping stops close closed closing closes done cancel canceled cancelled quit quitting exit
		exited exiting shut shutdown abort aborted expired expires deadline timeout timedout time timer clock now kill killed dead
		drained err error errors fail failed failing failure before after since until elapsed ctx context running alive terminated
		terminating tick ticker eof`)
	question = words("is has have can contains len cap equal load before after full empty exists")
	waiting  = words(`sleep gosched yield pause backoff wait unlock runlock release free rollback undo give log logf print printf
		println done reset stop delay jitter`)
	failing = regexp.MustCompile(`^(Fatal|Fatalf|FailNow|Fail|Error|Errorf|Skip|Skipf|SkipNow|panic|Panic|Panicf|Exit|Goexit)$`)
)

// wordSet is a set of words in small letters.
type wordSet map[string]bool

func words(list string) wordSet {
	set := wordSet{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}

// any tells that one of the words of a name is in the set.
func (s wordSet) any(name string) bool {
	return slices.ContainsFunc(split(name), func(w string) bool { return s[w] })
}

// first tells so of its first word.
func (s wordSet) first(name string) bool {
	all := split(name)
	return len(all) > 0 && s[all[0]]
}

// split cuts a name into its words, in small letters: tryToLock is try, to, lock.
func split(name string) []string {
	var all []string
	word := []rune{}
	end := func() {
		if len(word) > 0 {
			all = append(all, strings.ToLower(string(word)))
		}
		word = word[:0]
	}
	runes := []rune(name)
	for i, c := range runes {
		switch {
		case !unicode.IsLetter(c):
			end()
			continue
		case unicode.IsUpper(c) && (i > 0 && unicode.IsLower(runes[i-1]) || i > 0 && i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			end()
		}
		word = append(word, c)
	}
	end()
	return all
}

// lastName is the last name of an expression: a.b.made[i] is made.
func lastName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.IndexExpr:
		return lastName(e.X)
	case *ast.StarExpr:
		return lastName(e.X)
	case *ast.ParenExpr:
		return lastName(e.X)
	case *ast.UnaryExpr:
		return lastName(e.X)
	case *ast.CallExpr:
		return lastName(e.Fun)
	}
	return ""
}

// fullName is all names of an expression: ctx.Err() is ctx.Err. An element of
// something has none: done[job] is no flag.
func fullName(e ast.Node) string {
	var names []string
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IndexExpr:
			return false
		case *ast.Ident:
			names = append(names, n.Name)
		}
		return true
	})
	return strings.Join(names, ".")
}

func unparen(e ast.Expr) ast.Expr {
	for {
		p, ok := e.(*ast.ParenExpr)
		if !ok {
			return e
		}
		e = p.X
	}
}

// parts are the operands of a chain of && or ||.
func parts(e ast.Expr, op token.Token) []ast.Expr {
	e = unparen(e)
	if b, ok := e.(*ast.BinaryExpr); ok && b.Op == op {
		return append(parts(b.X, op), parts(b.Y, op)...)
	}
	return []ast.Expr{e}
}

// negated is what stands behind a !, or nil.
func negated(e ast.Expr) ast.Expr {
	if u, ok := unparen(e).(*ast.UnaryExpr); ok && u.Op == token.NOT {
		return unparen(u.X)
	}
	return nil
}

// place tells that an expression is a variable, or a part of one, that can be
// read again and again without changing anything.
func isPlace(e ast.Expr) bool {
	switch e := unparen(e).(type) {
	case *ast.Ident:
		return e.Name != "_"
	case *ast.SelectorExpr:
		return isPlace(e.X)
	case *ast.IndexExpr:
		return isPlace(e.X) && isPlace(e.Index) || isPlace(e.X) && isLiteral(e.Index)
	}
	return false
}

func isLiteral(e ast.Expr) bool {
	_, ok := e.(*ast.BasicLit)
	return ok
}

// isAttempt tells that a call may be something that is tried: no question, no
// conversion, and not about the end of the loop.
func isAttempt(e ast.Expr) bool {
	call, ok := unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	name := lastName(call.Fun)
	return name != "" && !question.first(name) && !ending.any(fullName(call.Fun))
}

// isError tells that an expression is named as errors are.
func isError(e ast.Expr) bool {
	name := strings.ToLower(lastName(e))
	return strings.HasPrefix(name, "err") || strings.HasSuffix(name, "err")
}

func isNil(e ast.Expr) bool {
	id, ok := unparen(e).(*ast.Ident)
	return ok && id.Name == "nil"
}
