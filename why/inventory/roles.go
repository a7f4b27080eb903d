package inventory

import (
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// roles tells what goroutines and channels are to each other. The order of the
// questions matters: what is a pool is no producer-consumer any more.
func (w *walker) roles() []Pattern {
	r := &roles{w: w, taken: map[*node]bool{}, role: map[*routine]Kind{}}
	for _, g := range w.routines {
		if g.parent != nil {
			r.started = append(r.started, g)
		}
	}
	seen := map[*node]bool{}
	for _, o := range w.ops {
		if o.kind != send && o.kind != receive || o.on.top().foreign || seen[o.on.top()] {
			continue
		}
		seen[o.on.top()] = true
		r.nodes = append(r.nodes, o.on.top())
	}
	for _, find := range []func(){r.semaphores, r.actors, r.pools, r.pipelines, r.futures, r.fanOuts, r.queues} {
		find()
	}
	return oneRole(r.found)
}

// oneRole drops what a statement is besides a fan-out when its function is
// called in another way.
func oneRole(all []Pattern) []Pattern {
	at := map[Place]bool{}
	for _, p := range all {
		if p.Kind == FanOut {
			at[p.Where] = true
		}
	}
	return slices.DeleteFunc(all, func(p Pattern) bool { return p.Kind == Future && at[p.Where] })
}

type roles struct {
	w       *walker
	started []*routine
	nodes   []*node           // channels
	taken   map[*node]bool    // channels that are part of a pattern
	role    map[*routine]Kind // goroutines that are
	found   []Pattern
}

func (r *roles) add(p Pattern) { r.found = append(r.found, p) }

func place(s Span) Place { return Place{s.File, s.From} }

// function is the declared function that a frame belongs to, as Go prints it.
func (f *frame) function() string {
	if f == nil {
		return ""
	}
	d := f.code.decl
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return d.Name.Name
	}
	t := types.ExprString(d.Recv.List[0].Type)
	if t, _, generic := strings.Cut(t, "["); generic {
		return strings.TrimPrefix(t, "*") + "." + d.Name.Name
	}
	return strings.TrimPrefix(t, "*") + "." + d.Name.Name
}

// place is where a goroutine is started. A function that only starts what it is
// given is not meant: where that is called is.
func (g *routine) place() Place {
	at := g.span
	for f := g.frame; f.caller != nil && len(f.given) > 0; f = f.caller {
		own := func(o *op) bool { return o.kind != done && o.frame.code.decl == f.code.decl }
		if g.loopedWithin(f) || slices.ContainsFunc(g.ops, own) || !slices.ContainsFunc(f.given, g.ran) {
			break
		}
		at = f.span
	}
	return place(at)
}

func (g *routine) ran(c *closure) bool { return slices.Contains(g.runs, c.code.node) }

// loopedWithin tells whether a loop of the function itself starts g.
func (g *routine) loopedWithin(f *frame) bool {
	return slices.ContainsFunc(g.loops, func(l *loop) bool { return f.code.node.Pos() <= l.pos && l.end <= f.code.node.End() })
}

func (n *node) each(kind opKind) (all []*op) {
	for _, o := range n.top().ops {
		if o.kind == kind {
			all = append(all, o)
		}
	}
	return all
}

// signal tells whether a channel only tells that something happened.
func (n *node) signal() bool { return isEmptyStruct(n.elem()) }

// semaphores finds channels with room that goroutines fill to be let in and
// empty to leave, or the other way round.
func (r *roles) semaphores() {
	for _, n := range r.nodes {
		if !r.isSemaphore(n) {
			continue
		}
		r.taken[n] = true
		at := n.makes()[0].span
		p := Pattern{Kind: Semaphore, Origin: HandMade, By: "channel", Name: n.name(), Where: place(at), Channels: n.spans()}
		for _, o := range n.ops {
			if o.kind == send {
				p.Func = o.frame.function()
			}
		}
		r.add(p)
	}
}

func (r *roles) isSemaphore(n *node) bool {
	makes := n.makes()
	if len(makes) == 0 || slices.ContainsFunc(makes, func(m *made) bool { return m.room == 0 }) {
		return false
	}
	sends, takes := n.each(send), n.each(receive)
	if len(sends) == 0 || len(takes) == 0 || len(n.each(closing)) > 0 {
		return false
	}
	if !n.signal() && slices.ContainsFunc(sends, func(o *op) bool { return !o.constant }) {
		return false
	}
	if !slices.ContainsFunc(sends, func(o *op) bool { return !o.orElse }) {
		return false // a bell: it rings or has rung
	}
	if slices.ContainsFunc(takes, func(o *op) bool { return o.inSelect && !o.orElse && o.in(endless) && o.by.parent != nil }) {
		return false // somebody waits for it among other things, for ever: a message
	}
	for _, s := range sends {
		for _, t := range takes {
			if s.by == t.by || letsIn(s, t.by) || sameCaller(s, t) {
				return true
			}
		}
	}
	return false
}

// letsIn tells whether what o does comes before each start of g.
func letsIn(o *op, g *routine) bool {
	return o.by == g.parent && g.looped() && slices.Contains(o.loops, innermost(g.loops))
}

// sameCaller tells whether two operations stand in methods that are called from
// outside: a in Acquire and b in Release.
func sameCaller(a, b *op) bool {
	if b.inSelect && !b.orElse {
		return false // leaving does not wait
	}
	field := slices.ContainsFunc(a.on.top().members, func(m *node) bool {
		v, ok := m.obj.(*types.Var)
		return ok && v.IsField()
	})
	return field && a.by.parent == nil && b.by.parent == nil && !a.looped() && !b.looped()
}

// actors finds goroutines that serve one request after the other out of a
// mailbox and own what they change.
func (r *roles) actors() {
	for _, g := range r.started {
		boxes, answers := r.mailboxes(g), false
		for _, o := range g.ops {
			if o.in(endless, drain) && (o.kind == send && o.reply || o.kind == called && (o.constant || ownsState(g))) {
				answers = true
			}
		}
		if len(boxes) == 0 || !answers && (len(boxes) < 2 || !ownsState(g)) || g.looped() && !boxes[0].within(innermost(g.loops)) {
			continue
		}
		p := Pattern{
			Kind: Actor, Origin: HandMade, By: by(g, "channel"), Name: boxes[0].name(), Where: g.place(), Func: g.frame.function(),
			Starts: []Span{g.span},
		}
		for _, b := range boxes {
			r.taken[b] = true
			p.Channels = union(p.Channels, b.spans())
		}
		r.role[g] = Actor
		r.add(p)
	}
}

// mailboxes are the channels from which a goroutine takes values, others'
// values, for as long as it lives.
func (r *roles) mailboxes(g *routine) (all []*node) {
	for _, o := range g.ops {
		if o.kind != receive || o.on.top().foreign || !o.in(endless, drain) || o.in(counted, each) || o.reply {
			continue
		}
		n := o.on.top()
		others := slices.ContainsFunc(n.each(send), func(s *op) bool { return !same(s.by, g) })
		if others && !n.signal() && !r.taken[n] && !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	return all
}

// ownsState tells whether a goroutine changes, in its loop, what outlives a
// pass.
func ownsState(g *routine) bool {
	return slices.ContainsFunc(g.ops, func(o *op) bool {
		if o.kind != change || !o.in(endless, drain) {
			return false
		}
		l := o.loops[0]
		return o.fromField || o.on.obj != nil && (o.on.obj.Pos() < l.pos || o.on.obj.Pos() >= l.end)
	})
}

func innermost(loops []*loop) *loop { return loops[len(loops)-1] }

// same tells whether two goroutines are started by the same statement; all
// callers from outside count as different ones.
func same(a, b *routine) bool {
	return a == b || a.parent != nil && b.parent != nil && a.span == b.span && a.frame == b.frame
}

// pools finds loops that start goroutines which take their work from one
// channel, or from one counter.
func (r *roles) pools() {
	for _, g := range r.started {
		if r.role[g] != "" {
			continue
		}
		jobs, how := r.jobs(g)
		if jobs == nil {
			continue
		}
		mates := r.mates(g, jobs)
		if !shared(g, jobs) && len(mates) == 0 {
			continue
		}
		p := Pattern{
			Kind: Pool, Origin: originOf(g, HandMade), By: by(g, how), Name: jobs.name(), Where: g.place(), Func: g.frame.function(),
			Channels: jobs.spans(),
		}
		for _, m := range append(mates, g) {
			r.role[m] = Pool
			p.Starts = union(p.Starts, []Span{m.span})
		}
		r.taken[jobs] = true
		r.add(p)
	}
}

// jobs is what a goroutine takes its work from again and again.
func (r *roles) jobs(g *routine) (n *node, how string) {
	for _, o := range g.ops {
		n := o.on
		if n == nil || !o.looped() || n.top().foreign {
			continue
		}
		n = n.top()
		switch {
		case o.kind == receive && !o.reply && o.in(endless, drain, while) && !n.signal() && !n.several() && !r.taken[n] && !r.sentOnlyBy(n, g):
			return n, "channel"
		case o.kind == dealt && o.in(endless, while, counted):
			return n, "atomic counter"
		}
	}
	return nil, ""
}

func (r *roles) sentOnlyBy(n *node, g *routine) bool {
	sends := n.each(send)
	return len(sends) > 0 && !slices.ContainsFunc(sends, func(o *op) bool { return !same(o.by, g) })
}

// shared tells whether a loop starts several like g, outside of which their work
// was there already. When the starter takes from it itself, it deals out more
// than that.
func shared(g *routine, jobs *node) bool {
	if !g.looped() {
		return false
	}
	l := innermost(g.loops)
	return !jobs.within(l) && !slices.ContainsFunc(g.parent.ops, func(o *op) bool {
		return o.kind == receive && o.on != nil && o.on.top() == jobs && slices.Contains(o.loops, l)
	})
}

// mates are the goroutines that other statements of the same function start
// with the same function, for the same work.
func (r *roles) mates(g *routine, jobs *node) (all []*routine) {
	for _, h := range r.started {
		if h == g || h.parent != g.parent || h.frame != g.frame || r.role[h] != "" || !sharesCode(g, h) {
			continue
		}
		if n, _ := r.jobs(h); n == jobs {
			all = append(all, h)
		}
	}
	return all
}

// sharesCode tells whether two goroutines run the same function.
func sharesCode(a, b *routine) bool {
	return len(a.ops) > 0 && len(b.ops) > 0 && a.ops[0].frame.code.node == b.ops[0].frame.code.node
}

// stage is a crew that takes from some channels and puts into others.
type stage struct {
	g       *routine
	in, out []*node
}

// pipelines finds stages that are joined by channels.
func (r *roles) pipelines() {
	stages := r.stages()
	group := make([]int, len(stages)) // stages that are joined
	for i := range group {
		group[i] = i
	}
	joined := func(a, b stage) bool {
		return slices.ContainsFunc(a.out, func(n *node) bool { return slices.Contains(b.in, n) })
	}
	for i, a := range stages {
		for j, b := range stages {
			if i != j && joined(a, b) {
				from, to := group[j], group[i]
				for k := range group {
					if group[k] == from {
						group[k] = to
					}
				}
			}
		}
	}
	for first := range stages {
		var members []stage
		for i, s := range stages {
			if group[i] == first {
				members = append(members, s)
			}
		}
		if len(members) > 1 || len(members) == 1 && r.flowsThrough(members[0]) {
			r.pipeline(members)
		}
	}
}

// stages are the goroutines that stand between two channels, one each for
// crews; those that feed each other in a ring are none.
func (r *roles) stages() (all []stage) {
	for _, g := range r.started {
		if r.role[g] == Actor {
			continue
		}
		s := stage{g: g}
		var loops []*loop // in which it takes
		for _, o := range g.ops {
			if r.takes(o) && (!r.taken[o.on.top()] || r.role[g] == Pool) {
				s.in = union(s.in, []*node{o.on.top()})
				loops = append(loops, o.loops...)
			}
		}
		for _, o := range g.ops {
			if puts(o) && slices.ContainsFunc(o.loops, func(l *loop) bool { return slices.Contains(loops, l) }) {
				s.out = union(s.out, []*node{o.on.top()})
			}
		}
		s.out = slices.DeleteFunc(s.out, func(n *node) bool { return slices.Contains(s.in, n) })
		if len(s.in) > 0 && len(s.out) > 0 {
			all = append(all, s)
		}
	}
	return slices.DeleteFunc(all, func(s stage) bool { return inRing(s, all) })
}

// takes tells whether an operation takes, again and again, what others put
// into a channel.
func (r *roles) takes(o *op) bool {
	return o.kind == receive && o.looped() && !o.reply && !o.on.top().foreign && !o.on.signal() && !r.sentOnlyBy(o.on.top(), o.by)
}

// puts tells whether an operation puts, again and again, what others take.
func puts(o *op) bool {
	return o.kind == send && o.looped() && !o.reply && !o.on.top().foreign && !o.on.signal() &&
		slices.ContainsFunc(o.on.each(receive), func(t *op) bool { return !same(t.by, o.by) })
}

// inRing tells whether what a stage puts out comes back to it.
func inRing(s stage, all []stage) bool {
	seen := map[*node]bool{}
	next := slices.Clone(s.out)
	for len(next) > 0 {
		n := next[0]
		next = next[1:]
		if seen[n] {
			continue
		}
		seen[n] = true
		for _, t := range all {
			if !slices.Contains(t.in, n) {
				continue
			}
			if t.g == s.g {
				return true
			}
			next = append(next, t.out...)
		}
	}
	return false
}

// flowsThrough tells whether a single stage is one goroutine that drains a
// channel, and others stand before and behind it that are not the same: a
// producer, it, and a consumer.
func (r *roles) flowsThrough(s stage) bool {
	drains := slices.ContainsFunc(s.g.ops, func(o *op) bool { return o.kind == receive && o.in(drain) && slices.Contains(s.in, o.on.top()) })
	if r.role[s.g] == Pool || !drains {
		return false
	}
	for _, in := range s.in {
		for _, a := range in.each(send) {
			for _, out := range s.out {
				for _, b := range out.each(receive) {
					if !same(a.by, b.by) && !same(a.by, s.g) && !same(b.by, s.g) && a.looped() && b.looped() {
						return true
					}
				}
			}
		}
	}
	return false
}

func (r *roles) pipeline(members []stage) {
	p := Pattern{Kind: Pipeline, Origin: HandMade}
	var root *frame
	var names []string
	for _, s := range members {
		if r.role[s.g] == "" {
			r.role[s.g] = Pipeline
		}
		p.Starts = union(p.Starts, []Span{s.g.span})
		for _, n := range union(slices.Clone(s.in), s.out) {
			r.taken[n] = true
			p.Channels = union(p.Channels, n.spans())
			if name := n.name(); name != "" {
				names = union(names, []string{name})
			}
			for _, o := range n.ops {
				if o.by.parent != nil && (o.kind == send || o.kind == receive) {
					p.Starts = union(p.Starts, []Span{o.by.span})
					if r.role[o.by] == "" {
						r.role[o.by] = Pipeline
					}
				}
			}
		}
	}
	p.By, p.Name = by(members[0].g, "channels"), strings.Join(names, ", ")
	p.Where, root = assembled(r.w, members)
	p.Func = root.function()
	r.add(p)
}

// assembled is where the pipeline is put together: the first statement that
// leads to one of its goroutines, in the innermost function in which all of them
// are started and used.
func assembled(w *walker, members []stage) (Place, *frame) {
	var frames []*frame
	var started []*routine
	for _, s := range members {
		started = append(started, s.g)
		for _, n := range slices.Concat(s.in, s.out) {
			for _, o := range n.ops {
				if o.by.parent == nil {
					frames = append(frames, o.frame)
				} else if !slices.Contains(started, o.by) {
					started = append(started, o.by)
				}
			}
		}
	}
	for _, g := range started {
		frames = append(frames, g.frame)
	}
	common := frames[0].callers()
	for _, f := range frames[1:] {
		chain := f.callers()
		n := 0
		for n < len(common) && n < len(chain) && chain[n] == common[n] {
			n++
		}
		common = common[:n]
	}
	if len(common) == 0 {
		return members[0].g.place(), members[0].g.frame
	}
	first := token.NoPos
	for _, g := range started {
		at := g.pos
		if chain := g.frame.callers(); len(chain) > len(common) {
			at = chain[len(common)].called
		}
		if first == token.NoPos || at < first {
			first = at
		}
	}
	pos := w.fset.Position(first)
	return Place{pos.Filename, pos.Line}, common[len(common)-1]
}

// callers are the frames from the outermost to f.
func (f *frame) callers() (chain []*frame) {
	for ; f != nil; f = f.caller {
		chain = append(chain, f)
	}
	slices.Reverse(chain)
	return chain
}

// futures finds goroutines that put one result into a channel of their own.
func (r *roles) futures() {
	for _, g := range r.started {
		if r.role[g] != "" {
			continue
		}
		for _, o := range g.ops {
			n := o.on
			if o.kind != send || o.looped() || o.reply || n.top().foreign || n.signal() {
				continue
			}
			n = n.top()
			if r.taken[n] || n.several() || !r.holdsOne(n, g) {
				continue
			}
			r.taken[n] = true
			r.role[g] = Future
			r.add(Pattern{
				Kind: Future, Origin: HandMade, By: by(g, "channel"), Name: n.name(), Where: g.place(), Func: g.frame.function(),
				Starts: []Span{g.span}, Channels: n.spans(),
			})
			break
		}
	}
}

// holdsOne tells whether a channel is for one value, which only g sends and
// somebody else takes.
func (r *roles) holdsOne(n *node, g *routine) bool {
	makes := n.makes()
	if len(makes) != 1 || makes[0].room < 0 || makes[0].room > 1 || g.looped() && !n.within(innermost(g.loops)) {
		return false
	}
	for _, o := range n.each(send) {
		if !same(o.by, g) || o.looped() {
			return false
		}
	}
	return slices.ContainsFunc(n.each(receive), func(o *op) bool { return !same(o.by, g) })
}

// fanOuts finds goroutines that each do a part, and are waited for.
func (r *roles) fanOuts() {
	for _, g := range r.started {
		if r.role[g] != "" || serves(g) {
			continue
		}
		join, through := r.joined(g)
		if join == "" || !g.looped() && !g.again && !r.beside(g) {
			continue
		}
		r.role[g] = FanOut
		r.taken[through] = true
		origin := HandMade
		if g.how != "go" {
			origin = Standard
		}
		r.add(Pattern{
			Kind: FanOut, Origin: originOf(g, origin), By: by(g, join), Name: through.name(), Where: g.place(), Func: g.frame.function(),
			Starts: []Span{g.span},
		})
	}
}

// serves tells whether a goroutine goes on until it is told to stop.
func serves(g *routine) bool {
	return slices.ContainsFunc(g.ops, func(o *op) bool { return o.kind == receive && o.in(endless, drain) })
}

// joined is by what somebody waits for the end of a goroutine.
func (r *roles) joined(g *routine) (how string, through *node) {
	switch g.how {
	case "scoped.Group":
		return g.how, g.group.top()
	case "time.AfterFunc":
		return "", nil
	}
	if g.group != nil && len(g.group.each(wait)) > 0 {
		return strings.TrimSuffix(g.how, ".Go"), g.group.top()
	}
	for _, o := range g.ops {
		if o.on == nil || o.on.top().foreign {
			continue
		}
		n := o.on.top()
		switch {
		case o.kind == done && len(n.each(wait)) > 0:
			return "sync.WaitGroup", n
		case o.kind == send && !o.looped() && !o.orElse && !r.taken[n] && gathered(n, g):
			return "channel", n
		}
	}
	return "", nil
}

// gathered tells whether the starter of g takes what g and its likes send, after
// it has started them all.
func gathered(n *node, g *routine) bool {
	return slices.ContainsFunc(n.each(receive), func(o *op) bool {
		return o.by == g.parent && (!g.looped() || o.looped() && innermost(o.loops).kind.ends() && !slices.Contains(g.loops, innermost(o.loops)))
	})
}

// beside tells whether the function that starts g starts others that are joined
// in the same way.
func (r *roles) beside(g *routine) bool {
	how := func(x *routine) *node {
		if x.group != nil {
			return x.group.top()
		}
		for _, o := range x.ops {
			if o.kind == done || o.kind == send && !o.looped() {
				return o.on.top()
			}
		}
		return nil
	}
	mine := how(g)
	return mine != nil && slices.ContainsFunc(r.started, func(h *routine) bool {
		return h != g && h.parent == g.parent && h.frame == g.frame && how(h) == mine && !serves(h) && h.how != "time.AfterFunc"
	})
}

// queues finds channels between those who make and those who use, both again
// and again.
func (r *roles) queues() {
	for _, n := range r.nodes {
		if r.taken[n] || n.signal() || n.elem() == nil {
			continue
		}
		maker, user := r.ends(n)
		if maker == nil {
			continue
		}
		p := Pattern{Kind: Queue, Origin: HandMade, By: "channel", Name: n.name(), Channels: n.spans()}
		at := user
		if at.parent == nil {
			at = maker
		}
		p.Where, p.Func, p.By = at.place(), at.frame.function(), by(at, "channel")
		for _, o := range n.ops {
			if o.by.parent != nil && (o.kind == send || o.kind == receive) {
				p.Starts = union(p.Starts, []Span{o.by.span})
			}
		}
		r.taken[n] = true
		r.add(p)
	}
}

// ends are a goroutine that puts values into a channel and another that takes
// them out, again and again; one of the two may be a caller from outside.
func (r *roles) ends(n *node) (maker, user *routine) {
	for _, t := range n.each(receive) {
		if !t.in(endless, drain, while, counted) || !loopsItself(t) || t.reply || r.role[t.by] == Actor {
			continue
		}
		for _, s := range n.each(send) {
			again := s.looped() || s.by.parent == nil && t.by.caller() != s.by // a method, called as often as one likes
			started := s.by.parent != nil || t.by.parent != nil
			if !same(s.by, t.by) && again && !s.reply && r.role[s.by] != Pool && started && !r.answers(t.by, s.by) {
				return s.by, t.by
			}
		}
	}
	return nil, nil
}

// caller is who called the function that started a goroutine in the end.
func (g *routine) caller() *routine {
	for g.parent != nil {
		g = g.parent
	}
	return g
}

// loopsItself tells whether the function that an operation stands in has the
// loop around it, and is not only called again and again.
func loopsItself(o *op) bool {
	l, fn := innermost(o.loops), o.frame.code.node
	return fn.Pos() <= l.pos && l.end <= fn.End()
}

// answers tells whether g sends to a channel that h takes from.
func (r *roles) answers(g, h *routine) bool {
	return slices.ContainsFunc(g.ops, func(o *op) bool {
		return o.kind == send && o.looped() && slices.ContainsFunc(o.on.each(receive), func(t *op) bool { return t.by == h })
	})
}

// by names the parts that a pattern is made of.
func by(g *routine, with string) string {
	how := strings.TrimSuffix(g.how, ".Go")
	if how == with {
		return how
	}
	return how + ", " + with
}

// originOf is Ours for goroutines of a scoped.Group.
func originOf(g *routine, origin Origin) Origin {
	if g.how == "scoped.Group" {
		return Ours
	}
	return origin
}
