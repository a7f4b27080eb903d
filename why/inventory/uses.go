package inventory

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// builders are the functions whose call is a pattern, by full name.
var builders = map[string]struct {
	kind Kind
	by   string
}{
	ownModule + "/task/scoped.Run":                       {FanOut, "scoped.Run"},
	"(" + ownModule + "/task/scoped.Rules).Run":          {FanOut, "scoped.Run"},
	ownModule + "/task/scoped.Each":                      {FanOut, "scoped.Each"},
	ownModule + "/task/scoped.Map":                       {FanOut, "scoped.Map"},
	ownModule + "/task/scoped.MapAsDone":                 {FanOut, "scoped.MapAsDone"},
	ownModule + "/task/forkjoin.Run":                     {ForkJoin, "forkjoin.Run"},
	ownModule + "/task/forkjoin.Recurse":                 {ForkJoin, "forkjoin.Recurse"},
	ownModule + "/task/forkjoin.For":                     {ForkJoin, "forkjoin.For"},
	ownModule + "/task/forkjoin.Reduce":                  {ForkJoin, "forkjoin.Reduce"},
	ownModule + "/task/forkjoin.Map":                     {ForkJoin, "forkjoin.Map"},
	ownModule + "/task/forkjoin.Filter":                  {ForkJoin, "forkjoin.Filter"},
	ownModule + "/task/forkjoin.Sort":                    {ForkJoin, "forkjoin.Sort"},
	"(" + ownModule + "/task/forkjoin.Plan).Step":        {ForkJoin, "forkjoin.Plan"},
	ownModule + "/task/stealing.Run":                     {ForkJoin, "stealing.Run"},
	ownModule + "/task/masterworker.Open":                {MasterWorker, "masterworker.Open"},
	ownModule + "/task/masterworker.Work":                {MasterWorker, "masterworker.Work"},
	"(" + ownModule + "/task/mapreduce.Job).Run":         {MapReduce, "mapreduce.Job"},
	"(" + ownModule + "/task/mapreduce.Job).Step":        {MapReduce, "mapreduce.Job"},
	ownModule + "/flow/actors.New":                       {Actor, "actors.New"},
	"(*" + ownModule + "/flow/actors.Simulation).System": {Actor, "actors.Simulation"},
	ownModule + "/task/limit.New":                        {Semaphore, "limit.New"},
	"(" + ownModule + "/task/limit.Rules).New":           {Semaphore, "limit.New"},
	ownModule + "/flow/consume.Each":                     {Queue, "consume.Each"},
	ownModule + "/flow/consume.New":                      {Queue, "consume.New"},
	ownModule + "/flow/scatter.Gather":                   {ScatterGather, "scatter.Gather"},
	ownModule + "/flow/scatter.Replicas":                 {ScatterGather, "scatter.Replicas"},
	ownModule + "/flow/scatter.Open":                     {ScatterGather, "scatter.Open"},
	ownModule + "/state/bounded.New":                     {Buffer, "bounded.New"},
	ownModule + "/state/async.Go":                        {Future, "async.Go"},
	ownModule + "/state/async.GoOrRun":                   {Future, "async.GoOrRun"},
	ownModule + "/state/async.New":                       {Future, "async.New"},
	ownModule + "/state/csp.Merge":                       {Plumbed, "csp.Merge"},
	ownModule + "/state/csp.Split":                       {Plumbed, "csp.Split"},
	ownModule + "/state/csp.SplitByKey":                  {Plumbed, "csp.SplitByKey"},
	ownModule + "/state/csp.Tee":                         {Plumbed, "csp.Tee"},
	ownModule + "/state/csp.Batch":                       {Plumbed, "csp.Batch"},
	ownModule + "/state/csp.OrDone":                      {Plumbed, "csp.OrDone"},
	ownModule + "/state/csp.Throttle":                    {Plumbed, "csp.Throttle"},
	"sync.OnceValue":                                     {Future, "sync.OnceValue"},
	"sync.OnceValues":                                    {Future, "sync.OnceValues"},
	"golang.org/x/sync/semaphore.NewWeighted":            {Semaphore, "semaphore.Weighted"},
	"(*golang.org/x/sync/errgroup.Group).SetLimit":       {Semaphore, "errgroup.Group.SetLimit"},
}

// holders are the types whose variables and fields are a pattern.
var holders = map[string]struct {
	kind Kind
	by   string
}{
	ownModule + "/state/guarded.Value":      {Guarded, "guarded.Value"},
	ownModule + "/state/guarded.ReadMostly": {Guarded, "guarded.ReadMostly"},
	ownModule + "/state/lockfree.Cell":      {Atomics, "lockfree.Cell"},
	ownModule + "/state/lockfree.Snapshot":  {Atomics, "lockfree.Snapshot"},
	ownModule + "/state/async.Shared":       {Future, "async.Shared"},
	"golang.org/x/sync/singleflight.Group":  {Future, "singleflight.Group"},
	"sync.Map":                              {Guarded, "sync.Map"},
	"sync/atomic.Bool":                      {Atomics, "atomic.Bool"},
	"sync/atomic.Int32":                     {Atomics, "atomic.Int32"},
	"sync/atomic.Int64":                     {Atomics, "atomic.Int64"},
	"sync/atomic.Uint32":                    {Atomics, "atomic.Uint32"},
	"sync/atomic.Uint64":                    {Atomics, "atomic.Uint64"},
	"sync/atomic.Uintptr":                   {Atomics, "atomic.Uintptr"},
	"sync/atomic.Pointer":                   {Atomics, "atomic.Pointer"},
	"sync/atomic.Value":                     {Atomics, "atomic.Value"},
}

// uses are the patterns that a package gets by calling a function or having a
// variable of a type.
type uses struct {
	p      *packages.Package
	owner  map[*types.Var]string // of fields: the struct's name
	in     *ast.FuncDecl
	found  []Pattern
	flows  map[*ast.FuncDecl]*Pattern // pipelines, one a function
	runs   map[*ast.FuncDecl][]Span   // calls that run pipelines
	locks  map[*types.Var]*Pattern
	added  map[*types.Var]int          // where in found a holder is, plus one
	called map[*types.Var][]Span       // the calls of methods of a variable
	fields map[*types.Var][]*types.Var // of a mutex field: its neighbours
}

func usesOf(p *packages.Package) []Pattern {
	u := &uses{
		p: p, owner: map[*types.Var]string{}, flows: map[*ast.FuncDecl]*Pattern{}, runs: map[*ast.FuncDecl][]Span{}, locks: map[*types.Var]*Pattern{},
		added: map[*types.Var]int{}, called: map[*types.Var][]Span{}, fields: map[*types.Var][]*types.Var{},
	}
	for _, f := range p.Syntax {
		u.owners(f)
	}
	for _, f := range p.Syntax {
		for _, d := range f.Decls {
			u.in, _ = d.(*ast.FuncDecl)
			u.declaration(d)
			if u.in != nil && u.in.Body != nil {
				u.locked(u.in)
			}
		}
	}
	for v, i := range u.added {
		if q := &u.found[i-1]; q.Kind == Guarded {
			q.Locks = u.called[v]
		}
	}
	u.addFlows()
	for _, q := range u.locks {
		if len(q.Locks) > 0 && len(q.Guards) > 0 {
			slices.Sort(q.Guards)
			u.found = append(u.found, *q)
		}
	}
	return u.found
}

// owners learns which struct a field belongs to.
func (u *uses) owners(f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		obj := u.p.TypesInfo.Defs[spec.Name]
		if obj == nil {
			return true
		}
		s, ok := obj.Type().Underlying().(*types.Struct)
		if !ok {
			return true
		}
		for i := range s.NumFields() {
			u.owner[s.Field(i)] = spec.Name.Name
			for j := range s.NumFields() {
				if i != j {
					u.fields[s.Field(i)] = append(u.fields[s.Field(i)], s.Field(j))
				}
			}
		}
		return true
	})
}

// span is the lines at which the runtime may say that a call stands.
func (u *uses) span(c *ast.CallExpr) Span {
	a, b := u.p.Fset.Position(c.Pos()), u.p.Fset.Position(c.Lparen)
	return Span{u.p.PkgPath, a.Filename, a.Line, b.Line}
}

func (u *uses) place(pos token.Pos) Place {
	p := u.p.Fset.Position(pos)
	return Place{p.Filename, p.Line}
}

func (u *uses) function() string {
	if u.in == nil {
		return ""
	}
	return (&frame{code: &code{decl: u.in}}).function()
}

func (u *uses) declaration(d ast.Node) {
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			u.call(n)
		case *ast.Field, *ast.ValueSpec:
			u.declared(n)
		case *ast.FuncType:
			return false // parameters are somebody else's variables
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				u.defined(n)
			}
		}
		return true
	})
}

// origin tells ours from the libraries'.
func origin(fullName string) Origin {
	if strings.Contains(fullName, ownModule) {
		return Ours
	}
	return Standard
}

func (u *uses) call(c *ast.CallExpr) {
	name := calleeName(u.p.TypesInfo, c)
	if packageOf(name) == u.p.PkgPath {
		return // how a package works inside is no use of it
	}
	if s, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr); ok {
		if v := u.object(s.X); v != nil {
			u.called[v] = union(u.called[v], []Span{u.span(c)})
		}
	}
	if b, ok := builders[withoutParameters(name)]; ok {
		u.found = append(u.found, Pattern{
			Kind: b.kind, Origin: origin(name), By: b.by, Where: u.place(c.Pos()), Func: u.function(), Starts: u.callsInto(c, name),
		})
	}
	if packageOf(name) == ownModule+"/flow/pipeline" {
		u.flow(c, name)
	}
	if fn, ok := strings.CutPrefix(name, "sync/atomic."); ok && len(c.Args) > 0 {
		if v := u.object(c.Args[0]); v != nil {
			u.hold(v, Atomics, Standard, "atomic."+fn)
		}
	}
}

// withoutParameters is the full name of a method without the type parameters of
// its receiver: (a/b.T).F for (a/b.T[K, V]).F.
func withoutParameters(name string) string {
	from, to := strings.IndexByte(name, '['), strings.LastIndexByte(name, ']')
	if from < 0 || to < from {
		return name
	}
	return name[:from] + name[to+1:]
}

// callsInto are the calls of the function around c into the package of the
// builder: one of them starts the goroutines.
func (u *uses) callsInto(c *ast.CallExpr, name string) []Span {
	spans := []Span{u.span(c)}
	if u.in == nil || origin(name) != Ours {
		return spans
	}
	pkg := packageOf(name)
	ast.Inspect(u.in, func(n ast.Node) bool {
		if other, ok := n.(*ast.CallExpr); ok && packageOf(calleeName(u.p.TypesInfo, other)) == pkg {
			spans = union(spans, []Span{u.span(other)})
		}
		return true
	})
	return spans
}

// packageOf is the import path in a full name: a/b.F, (*a/b.T).F.
func packageOf(name string) string {
	name = strings.TrimLeft(name, "(*")
	slash := strings.LastIndexByte(name, '/')
	if dot := strings.IndexByte(name[slash+1:], '.'); dot >= 0 {
		return name[:slash+1+dot]
	}
	return ""
}

// flow adds a call to the pipeline of its function. Methods, as Run and All, use
// one that was built, maybe elsewhere.
func (u *uses) flow(c *ast.CallExpr, name string) {
	if strings.HasPrefix(name, "(") {
		u.runs[u.in] = append(u.runs[u.in], u.span(c))
		return
	}
	q := u.flows[u.in]
	if q == nil {
		q = &Pattern{Kind: Pipeline, Origin: Ours, By: "flow/pipeline", Where: u.place(c.Pos()), Func: u.function()}
		u.flows[u.in] = q
	}
	q.Starts = union(q.Starts, []Span{u.span(c)})
}

// addFlows gives pipelines the calls that run them: those of the function that
// builds them, or of all the package when it builds only one.
func (u *uses) addFlows() {
	for in, q := range u.flows {
		for fn, spans := range u.runs {
			if fn == in || len(u.flows) == 1 {
				q.Starts = union(q.Starts, spans)
			}
		}
		u.found = append(u.found, *q)
	}
}

// declared looks at fields and variables that are declared with a type.
func (u *uses) declared(n ast.Node) {
	var names []*ast.Ident
	switch n := n.(type) {
	case *ast.Field:
		names = n.Names
		if len(names) == 0 { // embedded
			if id := lastIdent(n.Type); id != nil {
				names = []*ast.Ident{id}
			}
		}
	case *ast.ValueSpec:
		names = n.Names
	}
	for _, name := range names {
		if v := u.defs(name, n); v != nil {
			u.variable(v)
		}
	}
}

// defs is the variable that an identifier declares; an embedded field is
// declared by its type.
func (u *uses) defs(id *ast.Ident, at ast.Node) *types.Var {
	if v, ok := u.p.TypesInfo.Defs[id].(*types.Var); ok {
		return v
	}
	if f, ok := at.(*ast.Field); ok && len(f.Names) == 0 {
		for v := range u.owner {
			if v.Embedded() && v.Pos() == id.Pos() {
				return v
			}
		}
	}
	return nil
}

func lastIdent(e ast.Expr) *ast.Ident {
	switch e := e.(type) {
	case *ast.Ident:
		return e
	case *ast.SelectorExpr:
		return e.Sel
	case *ast.StarExpr:
		return lastIdent(e.X)
	case *ast.IndexExpr:
		return lastIdent(e.X)
	}
	return nil
}

// defined looks at variables that a value of a pattern's type is made for: what
// is only read from elsewhere is declared there.
func (u *uses) defined(n *ast.AssignStmt) {
	for i, l := range n.Lhs {
		id, ok := l.(*ast.Ident)
		if !ok || len(n.Lhs) != len(n.Rhs) {
			continue
		}
		v, ok := u.p.TypesInfo.Defs[id].(*types.Var)
		if !ok {
			continue
		}
		switch r := ast.Unparen(n.Rhs[i]).(type) {
		case *ast.CallExpr:
			if origin(calleeName(u.p.TypesInfo, r)) == Ours || isMake(r) {
				u.variable(v)
			}
		case *ast.CompositeLit:
			u.variable(v)
		case *ast.UnaryExpr:
			if _, ok := r.X.(*ast.CompositeLit); ok && r.Op == token.AND {
				u.variable(v)
			}
		}
	}
}

func isMake(c *ast.CallExpr) bool {
	id, ok := c.Fun.(*ast.Ident)
	return ok && (id.Name == "make" || id.Name == "new")
}

func (u *uses) variable(v *types.Var) {
	name := typeName(v.Type())
	if packageOf(name) == u.p.PkgPath {
		return
	}
	if h, ok := holders[name]; ok {
		u.hold(v, h.kind, origin(name), h.by)
	}
	if by, ok := strings.CutPrefix(name, "sync."); ok && (by == "Mutex" || by == "RWMutex") {
		u.mutex(v, "sync."+by)
	}
}

// typeName is the full name of a type, or of what a pointer, list or map of it
// holds.
func typeName(t types.Type) string {
	for range typeDepth {
		t = types.Unalias(t)
		if named, ok := t.(*types.Named); ok {
			obj := named.Origin().Obj()
			if obj.Pkg() == nil {
				return obj.Name()
			}
			return unvendored.Replace(obj.Pkg().Path() + "." + obj.Name())
		}
		if t = element(t); t == nil {
			return ""
		}
	}
	return ""
}

func (u *uses) hold(v *types.Var, kind Kind, origin Origin, by string) {
	if u.added[v] > 0 {
		return
	}
	u.added[v] = len(u.found) + 1
	u.found = append(u.found, Pattern{Kind: kind, Origin: origin, By: by, Name: u.name(v), Where: u.place(v.Pos()), Func: u.functionOf(v)})
}

func (u *uses) functionOf(v *types.Var) string {
	if v.IsField() || v.Parent() == u.p.Types.Scope() {
		return ""
	}
	return u.function()
}

func (u *uses) name(v *types.Var) string {
	if owner := u.owner[v]; owner != "" {
		return owner + "." + v.Name()
	}
	return v.Name()
}

func (u *uses) mutex(v *types.Var, by string) *Pattern {
	q := u.locks[v]
	if q == nil {
		q = &Pattern{Kind: Guarded, Origin: Standard, By: by, Name: u.name(v), Where: u.place(v.Pos()), Func: u.functionOf(v)}
		u.locks[v] = q
	}
	q.By = cmp.Or(by, q.By)
	return q
}

// object is the variable or field that an expression names.
func (u *uses) object(e ast.Expr) *types.Var {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, _ := u.p.TypesInfo.ObjectOf(e).(*types.Var)
		return v
	case *ast.SelectorExpr:
		if v, ok := u.p.TypesInfo.ObjectOf(e.Sel).(*types.Var); ok {
			return v.Origin()
		}
	case *ast.UnaryExpr:
		return u.object(e.X)
	case *ast.StarExpr:
		return u.object(e.X)
	case *ast.IndexExpr:
		return u.object(e.X)
	}
	return nil
}

// lockOf is the mutex that a call locks or unlocks, and which of both.
func (u *uses) lockOf(c *ast.CallExpr) (mu *types.Var, locks bool) {
	s, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil, false
	}
	switch calleeName(u.p.TypesInfo, c) {
	case "(*sync.Mutex).Lock", "(*sync.RWMutex).Lock", "(*sync.RWMutex).RLock", "(*sync.Mutex).TryLock":
		locks = true
	case "(*sync.Mutex).Unlock", "(*sync.RWMutex).Unlock", "(*sync.RWMutex).RUnlock":
	default:
		return nil, false
	}
	if sel := u.p.TypesInfo.Selections[s]; sel != nil && len(sel.Index()) > 1 { // promoted: the embedded field
		return fieldAt(sel.Recv(), sel.Index()[:len(sel.Index())-1]), locks
	}
	return u.object(s.X), locks
}

func fieldAt(t types.Type, index []int) (v *types.Var) {
	for _, i := range index {
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem()
		}
		s, ok := t.Underlying().(*types.Struct)
		if !ok {
			return nil
		}
		v = s.Field(i)
		t = v.Type()
	}
	if v != nil {
		return v.Origin()
	}
	return nil
}

// locked learns where a function takes locks, and what it uses while it holds
// them: in the order of the text, from a Lock to the Unlock that is not
// deferred, or to the end.
func (u *uses) locked(fn *ast.FuncDecl) {
	type hold struct {
		mu       *types.Var
		from, to token.Pos
	}
	var holds []hold
	deferred := map[*ast.CallExpr]bool{}
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.DeferStmt:
			deferred[n.Call] = true
		case *ast.CallExpr:
			mu, locks := u.lockOf(n)
			switch {
			case mu == nil:
			case locks:
				q := u.mutex(mu, "")
				q.Locks = union(q.Locks, []Span{u.span(n)})
				holds = append(holds, hold{mu, n.End(), fn.End()})
			case !deferred[n]:
				for i := range holds {
					if holds[i].mu == mu && holds[i].to == fn.End() {
						holds[i].to = n.Pos()
					}
				}
			}
		}
		return true
	})
	if len(holds) == 0 {
		return
	}
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		v, ok := u.p.TypesInfo.Uses[id].(*types.Var)
		if !ok {
			return true
		}
		v = v.Origin()
		for _, h := range holds {
			if h.from <= id.Pos() && id.Pos() < h.to && u.guards(h.mu, v, h.from) {
				q := u.mutex(h.mu, "")
				q.Guards = union(q.Guards, []string{u.name(v)})
			}
		}
		return true
	})
}

// guards tells whether v is something that mu may guard: a field beside it, or
// for a mutex that is no field a variable that was there before.
func (u *uses) guards(mu, v *types.Var, from token.Pos) bool {
	if mu == v || strings.HasPrefix(typeName(v.Type()), "sync.") {
		return false
	}
	if mu.IsField() {
		return slices.Contains(u.fields[mu], v)
	}
	if v.IsField() || v.Pkg() != u.p.Types {
		return false
	}
	outlives := v.Parent() == u.p.Types.Scope() || u.in == nil || v.Pos() < from && u.in.Body.Pos() <= v.Pos()
	return outlives && mu.Parent() == v.Parent()
}
