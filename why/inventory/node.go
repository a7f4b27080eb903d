package inventory

import (
	"cmp"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
)

// node is what a variable, a field, or a make stands for: two nodes that were
// found to be the same channel (or WaitGroup, or group) are joined.
//
// A local variable has a node for each frame of its function, so that two calls
// of one function do not mix their channels. A field has one node for all
// values of its struct, which is too coarse for a struct whose values are joined
// with each other.
type node struct {
	up      *node
	members []*node // of the joined nodes, at the top one

	obj     types.Object // variable or field, nil for a make
	born    []*loop      // loops of its routine in which it came into being
	made    *made        // for a make
	depth   int          // of calls at which the variable lives; 0 for fields
	message bool         // a variable that holds what was received
	foreign bool         // comes from a package that was not loaded

	ops []*op // at the top, once all is walked
}

type made struct {
	span Span
	room int64 // -1 = not constant
	elem types.Type
}

func newNode(n node) *node {
	p := &n
	p.members = []*node{p}
	return p
}

func (n *node) top() *node {
	for n.up != nil {
		n = n.up
	}
	return n
}

func join(a, b *node) {
	if a == nil || b == nil {
		return
	}
	a, b = a.top(), b.top()
	if a == b {
		return
	}
	if len(a.members) < len(b.members) {
		a, b = b, a
	}
	b.up = a
	a.members = append(a.members, b.members...)
	a.foreign = a.foreign || b.foreign
	b.members = nil
}

// makes are the places where its channels are made.
func (n *node) makes() (all []*made) {
	for _, m := range n.top().members {
		if m.made != nil {
			all = append(all, m.made)
		}
	}
	return all
}

func (n *node) spans() (all []Span) {
	for _, m := range n.makes() {
		all = union(all, []Span{m.span})
	}
	return all
}

// within tells whether each pass of a loop makes a new one.
func (n *node) within(l *loop) bool {
	made := n.makes()
	inside := func(m *node) bool { return slices.Contains(m.born, l) }
	for _, m := range n.top().members {
		if (m.made != nil || len(made) == 0) && !inside(m) {
			return false
		}
	}
	return true
}

// several tells whether it stands for the elements of a list: for channels that
// are not one.
func (n *node) several() bool {
	for _, m := range n.top().members {
		if m.obj == nil {
			continue
		}
		switch m.obj.Type().Underlying().(type) {
		case *types.Slice, *types.Array, *types.Map:
			return true
		}
	}
	return false
}

// name is how the program calls it: the variable or field of the outermost
// function that has one, parameters last.
func (n *node) name() string {
	var best *node
	for _, m := range n.top().members {
		if m.obj != nil && m.obj.Name() != "" && (best == nil || m.names(best) < 0) {
			best = m
		}
	}
	if best == nil {
		return ""
	}
	return best.obj.Name()
}

// names orders nodes by how well they name what they stand for, the best first.
func (n *node) names(m *node) int {
	handed := func(n *node) int {
		switch n.obj.(*types.Var).Kind() {
		case types.ParamVar, types.ResultVar, types.RecvVar:
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(handed(n), handed(m)), cmp.Compare(n.depth, m.depth), cmp.Compare(n.obj.Pos(), m.obj.Pos()))
}

// elem is the type of its values, nil if it is no channel.
func (n *node) elem() types.Type {
	for _, m := range n.top().members {
		switch {
		case m.made != nil:
			return m.made.elem
		case m.obj != nil:
			if c := channel(m.obj.Type()); c != nil {
				return c.Elem()
			}
		}
	}
	return nil
}

// channel finds the channel type in a type: itself, or the elements of a slice,
// array, map or pointer.
func channel(t types.Type) *types.Chan {
	for range typeDepth {
		t = t.Underlying()
		if ch, ok := t.(*types.Chan); ok {
			return ch
		}
		if t = element(t); t == nil {
			return nil
		}
	}
	return nil
}

// typeDepth is how deep a type is looked into.
const typeDepth = 4

// element is what a slice, array or map has, or a pointer points to; nil for
// other types.
func element(t types.Type) types.Type {
	switch t := t.(type) {
	case *types.Slice:
		return t.Elem()
	case *types.Array:
		return t.Elem()
	case *types.Map:
		return t.Elem()
	case *types.Pointer:
		return t.Elem()
	}
	return nil
}

// meets tells whether goroutines meet at values of this type.
func meets(t types.Type) bool {
	if t == nil {
		return false
	}
	if channel(t) != nil {
		return true
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return false
	}
	switch named.Obj().Pkg().Path() {
	case "sync", "sync/atomic", "golang.org/x/sync/errgroup", "golang.org/x/sync/semaphore", ownModule + "/task/scoped":
		return true
	}
	return false
}

func isEmptyStruct(t types.Type) bool {
	if t == nil {
		return false
	}
	s, ok := t.Underlying().(*types.Struct)
	return ok && s.NumFields() == 0
}

// frame is one call of a function: its variables, and what it returns.
type frame struct {
	outer    *frame // of the function around a literal
	caller   *frame
	called   token.Pos  // where the caller calls it
	span     Span       // the same
	given    []*closure // functions that it was given
	code     *code
	vars     map[types.Object]*node
	funcs    map[types.Object]*closure
	calls    map[*ast.CallExpr][]*node
	literals map[token.Pos]*node // makes
	results  []*node
	born     []*loop // loops around its call
}

// code is a function with a body.
type code struct {
	pkg  *source
	decl *ast.FuncDecl // of the literal too
	node ast.Node      // *ast.FuncDecl or *ast.FuncLit
	typ  *ast.FuncType
	body *ast.BlockStmt
}

// closure is a function literal with the frame it was made in; or a declared
// function, with none.
type closure struct {
	code  *code
	frame *frame
}

func (w *walker) newFrame(c *closure, call ast.Node) *frame {
	f := &frame{
		outer: c.frame, caller: w.frame, code: c.code, born: w.around(),
		vars: map[types.Object]*node{}, funcs: map[types.Object]*closure{},
		calls: map[*ast.CallExpr][]*node{}, literals: map[token.Pos]*node{},
	}
	if call != nil {
		f.called, f.span = call.Pos(), w.span(call, call)
	}
	return f
}

// owner is the frame that a variable lives in; nil for fields and package
// variables.
func (f *frame) owner(obj types.Object) *frame {
	for ; f != nil; f = f.outer {
		if f.code.node.Pos() <= obj.Pos() && obj.Pos() < f.code.node.End() {
			return f
		}
	}
	return nil
}

// variable is the node of a variable or field.
func (w *walker) variable(obj types.Object) *node {
	v, ok := obj.(*types.Var)
	if !ok {
		return nil
	}
	vars := w.global
	if v.IsField() {
		obj = v.Origin()
	} else if f := w.frame.owner(obj); f != nil {
		vars = f.vars
	}
	n := vars[obj]
	if n == nil {
		n = newNode(node{obj: obj, foreign: obj.Pkg() == nil || !w.loaded[obj.Pkg().Path()]})
		if f := w.frame.owner(obj); f != nil && !v.IsField() {
			n.born, n.depth = slices.Clone(f.born), len(f.callers())
			for _, l := range w.around() {
				if l.pos <= obj.Pos() && obj.Pos() < l.end && !slices.Contains(n.born, l) {
					n.born = append(n.born, l)
				}
			}
		}
		vars[obj] = n
	}
	return n
}

// around are the loops that run now: of the goroutine, and of those that started
// it.
func (w *walker) around() []*loop {
	all := slices.Clone(w.loops)
	for r := w.cur; r != nil; r = r.parent {
		all = append(all, r.loops...)
	}
	return all
}

// of is the node that an expression stands for, nil if it is nothing that
// goroutines meet at.
func (w *walker) of(e ast.Expr) *node {
	info := w.frame.code.pkg.TypesInfo
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		if obj := info.ObjectOf(e); obj != nil {
			return w.variable(obj)
		}
	case *ast.SelectorExpr:
		if obj := info.ObjectOf(e.Sel); obj != nil {
			return w.variable(obj)
		}
	case *ast.UnaryExpr:
		if e.Op == token.AND {
			return w.of(e.X)
		}
	case *ast.StarExpr:
		return w.of(e.X)
	case *ast.IndexExpr:
		return w.of(e.X)
	case *ast.SliceExpr:
		return w.of(e.X)
	case *ast.TypeAssertExpr:
		return w.of(e.X)
	case *ast.CallExpr:
		if r := w.call(e); len(r) > 0 {
			return r[0]
		}
	case *ast.CompositeLit:
		return w.list(e)
	}
	return nil
}

// list is the node of a list of channels that is written out.
func (w *walker) list(e *ast.CompositeLit) *node {
	t := w.info().TypeOf(e)
	if t == nil || channel(t) == nil {
		return nil
	}
	n := newNode(node{obj: types.NewVar(e.Pos(), nil, "", t), depth: len(w.frame.callers())})
	for _, x := range e.Elts {
		if kv, ok := x.(*ast.KeyValueExpr); ok {
			x = kv.Value
		}
		join(n, w.of(x))
	}
	return n
}

// newChannel is the node of a make.
func (w *walker) newChannel(c *ast.CallExpr, t types.Type) *node {
	ch, ok := t.Underlying().(*types.Chan)
	if !ok {
		return nil
	}
	m := &made{span: w.span(c, c), elem: ch.Elem()}
	if len(c.Args) > 1 {
		m.room = -1
		if v := w.frame.code.pkg.TypesInfo.Types[c.Args[1]].Value; v != nil {
			m.room, _ = constant.Int64Val(constant.ToInt(v))
		}
	}
	n := w.frame.literals[c.Pos()]
	if n == nil {
		n = newNode(node{made: m, born: w.around()})
		w.frame.literals[c.Pos()] = n
	}
	return n
}
