package inventory

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// source is a loaded package.
type source struct{ *packages.Package }

// routine is a goroutine that the source starts, or the unknown one that calls
// a function from outside.
type routine struct {
	parent *routine // who starts it; nil for a caller from outside
	how    string   // "go", "sync.WaitGroup.Go", ...
	span   Span     // the statement that starts it
	pos    token.Pos
	loops  []*loop // of the parent around that statement
	frame  *frame  // that the statement stands in
	group  *node   // the WaitGroup or errgroup that it was started with
	again  bool    // it calls the function that started it
	ops    []*op
	runs   []ast.Node // functions
}

func (r *routine) looped() bool { return len(r.loops) > 0 }

type loopKind int

const (
	counted  loopKind = iota // so many times
	each                     // for each element
	endless                  // for {
	while                    // for cond {
	drain                    // for range channel
	callback                 // a literal given to a function that was not loaded
)

// ends tells whether a loop of the kind goes over something that is so long.
func (k loopKind) ends() bool { return k == counted || k == each || k == drain }

type loop struct {
	kind loopKind
	pos  token.Pos
	end  token.Pos
}

type opKind int

const (
	send opKind = iota
	receive
	closing
	done   // of a WaitGroup
	wait   // for a WaitGroup or group
	dealt  // an atomic add whose result is used
	change // of a variable that outlives the loop
	called // of a received function
)

// op is what a goroutine does to something.
type op struct {
	kind      opKind
	on        *node
	by        *routine
	span      Span
	pos       token.Pos
	frame     *frame
	loops     []*loop
	inSelect  bool
	orElse    bool // the select has a default
	reply     bool // the channel came with a message
	constant  bool // what is sent is a constant or an empty struct; what is called gets arguments
	deferred  bool
	fromField bool // change: of a field
}

func (o *op) looped() bool { return len(o.loops) > 0 }

func (o *op) in(kinds ...loopKind) bool {
	return slices.ContainsFunc(o.loops, func(l *loop) bool { return slices.Contains(kinds, l.kind) })
}

// Bounds of the walk: functions are followed into the functions that they
// call, so deep and so many a root at most.
const (
	maxDepth  = 10
	maxFrames = 400
)

type walker struct {
	fset     *token.FileSet
	loaded   map[string]bool // import paths
	decls    map[*types.Func]*closure
	byName   map[string]*closure // by full name: packages of two loads do not share objects
	relevant map[*ast.FuncDecl]bool
	global   map[types.Object]*node
	walked   map[*ast.FuncDecl]bool

	routines []*routine
	ops      []*op

	cur     *routine
	frame   *frame
	loops   []*loop
	stack   []ast.Node
	frames  int
	discard *ast.CallExpr // a call whose result nobody uses
	defers  bool
}

func (w *walker) span(from, to ast.Node) Span {
	a, b := w.fset.Position(from.Pos()), w.fset.Position(to.End())
	s := Span{File: a.Filename, From: a.Line, To: b.Line}
	if w.frame != nil {
		s.Package = w.frame.code.pkg.PkgPath
	}
	return s
}

// startSpan is the lines at which the runtime says that a goroutine was started:
// that of the go statement, or of a call from its first to its opening bracket.
func (w *walker) startSpan(at ast.Node) Span {
	s := w.span(at, at)
	s.To = s.From
	if c, ok := at.(*ast.CallExpr); ok {
		s.To = w.fset.Position(c.Lparen).Line
	}
	return s
}

func (w *walker) note(o op) *op {
	if o.on == nil && o.kind != called {
		return nil
	}
	o.by, o.frame, o.loops, o.deferred = w.cur, w.frame, slices.Clone(w.loops), w.defers
	p := &o
	w.ops = append(w.ops, p)
	w.cur.ops = append(w.cur.ops, p)
	return p
}

// root walks a function as somebody from outside calls it.
func (w *walker) root(c *closure) {
	w.cur, w.frame, w.loops, w.stack, w.frames = &routine{}, nil, nil, nil, 0
	w.routines = append(w.routines, w.cur)
	w.enter(c, nil, nil, nil)
}

// enter walks the body of a function that is called with args. The result is
// what it returns.
func (w *walker) enter(c *closure, call ast.Node, recv ast.Expr, args []ast.Expr) []*node {
	if slices.Contains(w.stack, c.code.node) {
		w.cur.again = w.cur.again || w.startedWithin(c.code.node)
		return nil
	}
	if len(w.stack) >= maxDepth || w.frames >= maxFrames {
		return nil
	}
	w.frames++
	w.cur.runs = append(w.cur.runs, c.code.node)
	f := w.newFrame(c, call)
	w.pass(f, recv, args)
	outside, discard := w.frame, w.discard
	w.frame, w.discard = f, nil
	w.stack = append(w.stack, c.code.node)
	if _, ok := c.code.node.(*ast.FuncDecl); ok {
		w.walked[c.code.decl] = true
	}
	w.visit(c.code.body)
	w.stack = w.stack[:len(w.stack)-1]
	w.frame, w.discard = outside, discard
	return f.results
}

// startedWithin tells whether the current goroutine was started by a call of
// the function.
func (w *walker) startedWithin(fn ast.Node) bool {
	for f := w.cur.frame; f != nil; f = f.outer {
		if f.code.node == fn {
			return true
		}
	}
	return false
}

// pass binds the parameters of a frame to the arguments.
func (w *walker) pass(f *frame, recv ast.Expr, args []ast.Expr) {
	info := f.code.pkg.TypesInfo
	if d, ok := f.code.node.(*ast.FuncDecl); ok && d.Recv != nil && recv != nil && len(d.Recv.List) > 0 && len(d.Recv.List[0].Names) > 0 {
		w.passOne(f, info.Defs[d.Recv.List[0].Names[0]], recv)
	}
	i := 0
	for _, field := range f.code.typ.Params.List {
		_, variadic := field.Type.(*ast.Ellipsis)
		for _, name := range field.Names {
			for ; i < len(args); i++ {
				w.passOne(f, info.Defs[name], args[i])
				if !variadic {
					i++
					break
				}
			}
		}
		if len(field.Names) == 0 {
			i++
		}
	}
	if f.code.typ.Results == nil {
		return
	}
	for _, field := range f.code.typ.Results.List {
		for _, name := range field.Names {
			f.results = append(f.results, w.inFrame(f, func() *node { return w.variable(info.Defs[name]) }))
		}
		if len(field.Names) == 0 {
			f.results = append(f.results, newNode(node{born: f.born}))
		}
	}
}

func (w *walker) inFrame(f *frame, look func() *node) *node {
	outside := w.frame
	w.frame = f
	defer func() { w.frame = outside }()
	return look()
}

func (w *walker) passOne(f *frame, param types.Object, arg ast.Expr) {
	if param == nil {
		return
	}
	if c := w.function(arg); c != nil {
		f.funcs[param] = c
		f.given = append(f.given, c)
		return
	}
	n := w.inFrame(f, func() *node { return w.variable(param) })
	if w.isMessage(arg) {
		n.message = true
	}
	if meets(param.Type()) {
		join(n, w.of(arg))
	}
}

// start walks a goroutine.
func (w *walker) start(how string, at ast.Node, group *node, body func()) {
	r := &routine{parent: w.cur, how: how, span: w.startSpan(at), pos: at.Pos(), loops: slices.Clone(w.loops), frame: w.frame, group: group}
	w.routines = append(w.routines, r)
	cur, loops, defers := w.cur, w.loops, w.defers
	w.cur, w.loops, w.defers = r, nil, false
	body()
	w.cur, w.loops, w.defers = cur, loops, defers
}

func (w *walker) inLoop(kind loopKind, at ast.Node, body func()) {
	w.loops = append(w.loops, &loop{kind, at.Pos(), at.End()})
	body()
	w.loops = w.loops[:len(w.loops)-1]
}

// visit walks a piece of a function in the order in which it is written.
func (w *walker) visit(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool { return w.one(n) })
}

// one walks a single node; false says that it walked what is below as well.
func (w *walker) one(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.FuncLit: // nobody is seen to call it: as if it were called here
		w.enter(w.literal(n), n, nil, nil)
	case *ast.GoStmt:
		w.goes(n)
	case *ast.DeferStmt:
		defers := w.defers
		w.defers = true
		w.call(n.Call)
		w.defers = defers
	case *ast.ExprStmt:
		if c, ok := n.X.(*ast.CallExpr); ok {
			w.discard = c
		}
		return true
	case *ast.CallExpr:
		w.call(n)
	case *ast.ForStmt:
		w.forLoop(n)
	case *ast.RangeStmt:
		w.rangeLoop(n)
	case *ast.SendStmt:
		w.sends(n, false, false)
	case *ast.UnaryExpr:
		if n.Op != token.ARROW {
			return true
		}
		w.receives(n, false, false)
	case *ast.SelectStmt:
		w.selects(n)
	case *ast.AssignStmt:
		w.assigns(n)
	case *ast.ValueSpec:
		for i, name := range n.Names {
			if i < len(n.Values) && len(n.Values) == len(n.Names) {
				w.bind(name, n.Values[i])
			}
		}
		if len(n.Values) == 1 && len(n.Names) > 1 {
			w.bindAll(idents(n.Names), n.Values[0])
		}
	case *ast.IncDecStmt:
		w.changes(n.X)
		return true
	case *ast.ReturnStmt:
		w.returns(n)
	case *ast.TypeSwitchStmt:
		w.typeSwitch(n)
	case *ast.KeyValueExpr:
		w.keyValue(n)
	case *ast.CompositeLit:
		w.positions(n)
		return true
	default:
		return true
	}
	return false
}

func idents(names []*ast.Ident) (all []ast.Expr) {
	for _, n := range names {
		all = append(all, n)
	}
	return all
}

func (w *walker) info() *types.Info { return w.frame.code.pkg.TypesInfo }

func (w *walker) literal(l *ast.FuncLit) *closure {
	c := w.frame.code
	return &closure{&code{c.pkg, c.decl, l, l.Type, l.Body}, w.frame}
}

func (w *walker) forLoop(n *ast.ForStmt) {
	if n.Init != nil {
		w.visit(n.Init)
	}
	kind := counted
	switch {
	case n.Cond == nil && n.Post == nil:
		kind = endless
	case n.Post == nil:
		kind = while
	}
	w.inLoop(kind, n, func() {
		if n.Cond != nil {
			w.visit(n.Cond)
		}
		w.visit(n.Body)
		if n.Post != nil {
			w.visit(n.Post)
		}
	})
}

func (w *walker) rangeLoop(n *ast.RangeStmt) {
	w.visit(n.X)
	t := w.info().TypeOf(n.X)
	if t == nil {
		return
	}
	kind := each
	if b, ok := t.Underlying().(*types.Basic); ok && b.Info()&types.IsInteger != 0 {
		kind = counted
	}
	_, isChan := t.Underlying().(*types.Chan)
	if isChan {
		kind = drain
	}
	w.inLoop(kind, n, func() {
		if isChan {
			w.note(op{kind: receive, on: w.of(n.X), span: w.span(n.X, n.X), pos: n.X.Pos()})
			w.message(n.Key)
		} else if n.Value != nil && meets(t) {
			join(w.of(n.Value), w.of(n.X))
		}
		w.visit(n.Body)
	})
}

// message marks the variable that a received value is stored in.
func (w *walker) message(e ast.Expr) {
	if e == nil {
		return
	}
	if n := w.of(e); n != nil {
		n.message = true
	}
}

// isMessage tells whether an expression is a received value or a part of one.
func (w *walker) isMessage(e ast.Expr) bool {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.SelectorExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.TypeAssertExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.UnaryExpr:
			if x.Op == token.ARROW {
				return true
			}
			e = x.X
		case *ast.Ident:
			obj := w.info().ObjectOf(x)
			if v, ok := obj.(*types.Var); ok && !v.IsField() {
				return w.variable(v).message
			}
			return false
		default:
			return false
		}
	}
}

func (w *walker) sends(n *ast.SendStmt, inSelect, orElse bool) {
	w.visit(n.Chan)
	w.visit(n.Value)
	tv := w.info().Types[n.Value]
	w.note(op{
		kind: send, on: w.of(n.Chan), span: w.span(n, n), pos: n.Pos(), inSelect: inSelect, orElse: orElse,
		reply: w.isMessage(n.Chan), constant: tv.Value != nil || isEmptyStruct(tv.Type),
	})
}

func (w *walker) receives(n *ast.UnaryExpr, inSelect, orElse bool) {
	w.visit(n.X)
	w.note(op{kind: receive, on: w.of(n.X), span: w.span(n, n), pos: n.Pos(), inSelect: inSelect, orElse: orElse})
}

func (w *walker) selects(n *ast.SelectStmt) {
	orElse := slices.ContainsFunc(n.Body.List, func(s ast.Stmt) bool { return s.(*ast.CommClause).Comm == nil })
	for _, s := range n.Body.List {
		c := s.(*ast.CommClause)
		switch comm := c.Comm.(type) {
		case *ast.SendStmt:
			w.sends(comm, true, orElse)
		case *ast.ExprStmt:
			if u, ok := ast.Unparen(comm.X).(*ast.UnaryExpr); ok {
				w.receives(u, true, orElse)
			}
		case *ast.AssignStmt:
			if u, ok := ast.Unparen(comm.Rhs[0]).(*ast.UnaryExpr); ok {
				w.receives(u, true, orElse)
				w.message(comm.Lhs[0])
			}
		}
		for _, b := range c.Body {
			w.visit(b)
		}
	}
}

func (w *walker) assigns(n *ast.AssignStmt) {
	for _, l := range n.Lhs {
		if _, ok := l.(*ast.Ident); !ok {
			w.visit(l)
		}
		if n.Tok != token.DEFINE {
			w.changes(l)
		}
	}
	if len(n.Lhs) == len(n.Rhs) {
		for i := range n.Lhs {
			w.bind(n.Lhs[i], n.Rhs[i])
		}
		return
	}
	w.bindAll(n.Lhs, n.Rhs[0])
}

// bind says that left now stands for right.
func (w *walker) bind(left, right ast.Expr) {
	id, _ := left.(*ast.Ident)
	if c := w.function(right); c != nil && id != nil {
		if obj := w.info().ObjectOf(id); obj != nil {
			funcs := w.frame.funcs
			if f := w.frame.owner(obj); f != nil {
				funcs = f.funcs
			}
			funcs[obj] = c
		}
		return
	}
	w.visit(right)
	if id != nil && id.Name == "_" {
		return
	}
	if w.isMessage(right) {
		w.message(left)
	}
	if meets(w.info().TypeOf(left)) {
		join(w.of(left), w.of(right))
	}
}

// bindAll is bind for a call with several results, and for v, ok := <-ch.
func (w *walker) bindAll(left []ast.Expr, right ast.Expr) {
	w.visit(right)
	if w.isMessage(right) {
		w.message(left[0])
	}
	c, ok := ast.Unparen(right).(*ast.CallExpr)
	if !ok {
		return
	}
	for i, r := range w.call(c) {
		if i < len(left) && meets(w.info().TypeOf(left[i])) {
			join(w.of(left[i]), r)
		}
	}
}

// changes notes that a variable, or what it holds, is changed.
func (w *walker) changes(e ast.Expr) {
	field := false
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.IndexExpr:
			e = x.X
			continue
		case *ast.StarExpr:
			e = x.X
			continue
		case *ast.SelectorExpr:
			field = true
		case *ast.Ident:
		default:
			return
		}
		break
	}
	if n := w.of(e); n != nil && n.obj != nil {
		w.note(op{kind: change, on: n, pos: e.Pos(), span: w.span(e, e), fromField: field})
	}
}

func (w *walker) returns(n *ast.ReturnStmt) {
	if len(n.Results) == 1 && len(w.frame.results) > 1 {
		if c, ok := ast.Unparen(n.Results[0]).(*ast.CallExpr); ok {
			for i, r := range w.call(c) {
				if i < len(w.frame.results) {
					join(w.frame.results[i], r)
				}
			}
			return
		}
	}
	for i, r := range n.Results {
		w.visit(r)
		if i < len(w.frame.results) && meets(w.info().TypeOf(r)) {
			join(w.frame.results[i], w.of(r))
		}
	}
}

func (w *walker) typeSwitch(n *ast.TypeSwitchStmt) {
	if n.Init != nil {
		w.visit(n.Init)
	}
	message := false
	ast.Inspect(n.Assign, func(x ast.Node) bool {
		if t, ok := x.(*ast.TypeAssertExpr); ok {
			w.visit(t.X)
			message = w.isMessage(t.X)
			return false
		}
		return true
	})
	for _, s := range n.Body.List {
		c := s.(*ast.CaseClause)
		if obj := w.info().Implicits[c]; obj != nil && message {
			w.variable(obj).message = true
		}
		for _, b := range c.Body {
			w.visit(b)
		}
	}
}

// keyValue binds the fields of a struct literal.
func (w *walker) keyValue(n *ast.KeyValueExpr) {
	if _, ok := n.Key.(*ast.Ident); !ok {
		w.visit(n.Key)
	}
	w.visit(n.Value)
	if id, ok := n.Key.(*ast.Ident); ok {
		if v, ok := w.info().ObjectOf(id).(*types.Var); ok && v.IsField() && meets(v.Type()) {
			join(w.variable(v), w.of(n.Value))
		}
	}
}

// positions binds the fields of a struct literal without names.
func (w *walker) positions(n *ast.CompositeLit) {
	t := w.info().TypeOf(n)
	if t == nil {
		return
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return
	}
	for i, e := range n.Elts {
		if _, named := e.(*ast.KeyValueExpr); !named && i < s.NumFields() && meets(s.Field(i).Type()) {
			join(w.variable(s.Field(i)), w.of(e))
		}
	}
}

func (w *walker) goes(n *ast.GoStmt) {
	w.arguments(n.Call)
	w.start("go", n, nil, func() {
		if c := w.function(n.Call.Fun); c != nil {
			w.enter(c, n, receiver(n.Call), n.Call.Args)
			return
		}
		w.call(n.Call)
	})
}

// receiver is x of x.f().
func receiver(c *ast.CallExpr) ast.Expr {
	if s, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr); ok {
		return s.X
	}
	return nil
}

// arguments walks the arguments of a call, save functions.
func (w *walker) arguments(c *ast.CallExpr) {
	if s, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr); ok {
		w.visit(s.X)
	}
	for _, a := range c.Args {
		if w.function(a) == nil {
			w.visit(a)
		}
	}
}

// function is the function that an expression stands for, if that is known.
func (w *walker) function(e ast.Expr) *closure {
	switch e := ast.Unparen(e).(type) {
	case *ast.FuncLit:
		return w.literal(e)
	case *ast.IndexExpr:
		return w.function(e.X)
	case *ast.IndexListExpr:
		return w.function(e.X)
	case *ast.Ident:
		return w.functionOf(w.info().ObjectOf(e))
	case *ast.SelectorExpr:
		return w.functionOf(w.info().ObjectOf(e.Sel))
	}
	return nil
}

func (w *walker) functionOf(obj types.Object) *closure {
	switch obj := obj.(type) {
	case *types.Func:
		obj = obj.Origin()
		if c := w.decls[obj]; c != nil {
			return c
		}
		return w.byName[obj.FullName()]
	case *types.Var:
		for f := w.frame; f != nil; f = f.outer {
			if c := f.funcs[obj]; c != nil {
				return c
			}
		}
	}
	return nil
}

// call walks a call once a frame, and returns what it gives back.
func (w *walker) call(c *ast.CallExpr) []*node {
	if r, ok := w.frame.calls[c]; ok {
		return r
	}
	w.frame.calls[c] = nil
	r := w.firstCall(c)
	w.frame.calls[c] = r
	return r
}

func (w *walker) firstCall(c *ast.CallExpr) []*node {
	info := w.info()
	fun := ast.Unparen(c.Fun)
	if tv, ok := info.Types[fun]; ok && tv.IsType() {
		w.arguments(c)
		if len(c.Args) == 1 {
			return []*node{w.of(c.Args[0])}
		}
		return nil
	}
	if id, ok := fun.(*ast.Ident); ok {
		if _, ok := info.ObjectOf(id).(*types.Builtin); ok {
			return w.builtin(id.Name, c)
		}
	}
	discarded := w.discard == c
	w.arguments(c)
	if w.known(c, discarded) {
		return nil
	}
	if f := w.function(fun); f != nil {
		if d, ok := f.code.node.(*ast.FuncDecl); !ok || w.relevant[d] || hasFunction(w, c.Args) {
			return w.enter(f, c, receiver(c), c.Args)
		}
		return nil
	}
	if w.isMessage(c.Fun) {
		w.note(op{kind: called, pos: c.Pos(), span: w.span(c, c), constant: len(c.Args) > 0})
	}
	for _, a := range c.Args { // given to somebody who was not loaded: it may call it again and again
		if l, ok := ast.Unparen(a).(*ast.FuncLit); ok {
			w.inLoop(callback, l, func() { w.enter(w.literal(l), l, nil, nil) })
		}
	}
	return nil
}

func hasFunction(w *walker, args []ast.Expr) bool {
	return slices.ContainsFunc(args, func(a ast.Expr) bool { _, ok := ast.Unparen(a).(*ast.FuncLit); return ok })
}

func (w *walker) builtin(name string, c *ast.CallExpr) []*node {
	w.arguments(c)
	switch name {
	case "make":
		return []*node{w.newChannel(c, w.info().TypeOf(c))}
	case "close":
		w.note(op{kind: closing, on: w.of(c.Args[0]), pos: c.Pos(), span: w.span(c, c)})
	case "delete", "clear":
		w.changes(c.Args[0])
	case "append":
		if !meets(w.info().TypeOf(c)) {
			return nil
		}
		list := w.of(c.Args[0])
		if list == nil {
			list = newNode(node{})
		}
		for _, a := range c.Args[1:] {
			join(list, w.of(a))
		}
		return []*node{list}
	}
	return nil
}

// callee is the declared function that a call calls, as the standard library
// and others are known by.
func (w *walker) callee(c *ast.CallExpr) string { return calleeName(w.info(), c) }

func calleeName(info *types.Info, c *ast.CallExpr) string {
	fun := ast.Unparen(c.Fun)
	switch x := fun.(type) {
	case *ast.IndexExpr:
		fun = x.X
	case *ast.IndexListExpr:
		fun = x.X
	}
	var obj types.Object
	switch x := fun.(type) {
	case *ast.Ident:
		obj = info.ObjectOf(x)
	case *ast.SelectorExpr:
		obj = info.ObjectOf(x.Sel)
	}
	if f, ok := obj.(*types.Func); ok {
		return unvendored.Replace(f.Origin().FullName())
	}
	return ""
}

// unvendored gives what the Go distribution has copied, as cmd/gofmt uses it, the
// name that others know it by.
var unvendored = strings.NewReplacer("cmd/vendor/", "", "vendor/golang.org/", "golang.org/")

// known walks the calls that start goroutines, wait for them, and deal work
// out.
func (w *walker) known(c *ast.CallExpr, discarded bool) bool {
	name := w.callee(c)
	switch name {
	case "(*sync.WaitGroup).Done":
		w.note(op{kind: done, on: w.of(receiver(c)), pos: c.Pos(), span: w.span(c, c)})
	case "(*sync.WaitGroup).Wait", "(*golang.org/x/sync/errgroup.Group).Wait":
		w.note(op{kind: wait, on: w.of(receiver(c)), pos: c.Pos(), span: w.span(c, c)})
	case "(*sync.WaitGroup).Go":
		w.starts("sync.WaitGroup.Go", c, c.Args[0])
	case "(*golang.org/x/sync/errgroup.Group).Go", "(*golang.org/x/sync/errgroup.Group).TryGo":
		w.starts("errgroup.Group", c, c.Args[0])
	case "(*" + ownModule + "/task/scoped.Group).Go", "(*" + ownModule + "/task/scoped.Group).TryGo":
		w.starts("scoped.Group", c, c.Args[0])
	case "time.AfterFunc":
		w.starts("time.AfterFunc", c, c.Args[1])
	case "(*sync.Once).Do":
		if f := w.function(c.Args[0]); f != nil {
			w.enter(f, c, nil, nil)
		}
	default:
		if discarded || !strings.Contains(name, "sync/atomic.") || !strings.Contains(name, "Add") {
			return false
		}
		counter := receiver(c)
		if !strings.HasPrefix(name, "(") {
			counter = c.Args[0]
		}
		w.note(op{kind: dealt, on: w.of(counter), pos: c.Pos(), span: w.span(c, c)})
	}
	return true
}

func (w *walker) starts(how string, c *ast.CallExpr, body ast.Expr) {
	group := (*node)(nil)
	if how != "time.AfterFunc" {
		group = w.of(receiver(c))
	}
	w.start(how, c, group, func() {
		if f := w.function(body); f != nil {
			var recv ast.Expr
			if s, ok := ast.Unparen(body).(*ast.SelectorExpr); ok {
				recv = s.X
			}
			w.enter(f, c, recv, nil)
		}
	})
}
