package hunt

import (
	"cmp"
	"maps"
	"slices"

	"github.com/trivet-go/trivet/internal/overlay"
	"github.com/trivet-go/trivet/why/demon/hunt/attempts"
)

// Loops that try for something and are marked in the source (package attempts)
// tell their rounds and goals. A goroutine that goes round and round and reaches
// no goal, while another one at the same object does so too, is in a livelock;
// if the other one reaches its goals, it starves.

const (
	vainRounds = 20  // of a loop, without a goal, in vainWindow
	manyRounds = 200 // in a quarter of it
	weakRounds = 200 // of a loop whose goal may be none
	soloRounds = 50  // of a loop that nobody else is in

	outruns = 200 // times that one other goroutine comes through the loop meanwhile

	touches = 5 // of an object by each of two goroutines: they share it
)

// loopKey is a goroutine in a loop.
type loopKey struct {
	g    uint64
	loop int
}

// loopRun is one time that a goroutine is in a loop, from entering it.
type loopRun struct {
	loopKey
	stack    int
	entered  int64
	last     int64 // round
	rounds   int
	goals    int
	lastGoal int64 // or when it was entered
	since    int   // rounds since then
	writes   int   // and changes of what others can see
	spawned  int   // goroutines started before the loop was entered
	hungry   bool  // that is told already
}

// goesRound takes in what a goroutine did in a loop.
func (h *history) goesRound(g *goroutine, e overlay.BookEvent) {
	v := &h.vital
	key := loopKey{g.id, int(e.Argument)}
	entered, rounds, goals, writes := overlay.RoundsOf(e.Address)
	r := v.loops[key]
	if r == nil || entered > 0 {
		if r != nil {
			h.leaves(g, r)
		} else if len(v.loops) > 20_000 {
			return
		}
		r = &loopRun{loopKey: key, entered: e.Time, lastGoal: e.Time, spawned: g.spawned}
		v.loops[key] = r
	}
	r.last = e.Time
	if e.Stack != 0 {
		r.stack = e.Stack
	}
	if h.isWait != nil && h.isWait(key.loop) {
		for range min(rounds, starvedPass) {
			keepTurn(v.changes, uint64(key.loop), turn{who: g.id, time: e.Time})
		}
		return
	}
	r.rounds += rounds
	if goals == 0 {
		r.since += rounds
		r.writes += writes
		return
	}
	h.outrun(g, r)
	r.goals += goals
	r.lastGoal, r.since, r.writes = e.Time, 0, 0
	for range min(goals, starvedPass) {
		keepTurn(v.goals, uint64(key.loop), turn{who: g.id, time: e.Time})
	}
}

// leaves judges a goroutine that is in a loop no longer.
func (h *history) leaves(g *goroutine, r *loopRun) {
	h.outrun(g, r)
	r.spawned = g.spawned - r.spawned
	if r.vain() && h.acts(g, r) && len(h.vital.vain) < 1000 {
		h.vital.vain = append(h.vital.vain, r)
	}
}

// vain tells that a goroutine was in a loop for long, and that its tries led to
// nothing: to no goal at all in the end, or to very few.
func (r *loopRun) vain() bool {
	long := r.last - r.lastGoal
	if long >= vainWindow && r.since >= vainRounds || long >= vainWindow/4 && r.since >= manyRounds {
		return true
	}
	return r.last-r.entered >= vainWindow && r.rounds >= vainTries && float64(r.goals) < vainProgress*float64(r.rounds) && r.last-r.lastGoal >= vainWindow/4
}

// acts tells that a goroutine does something in its vain rounds that others
// notice: it changes something, or something goes through a channel. Who only
// looks, and finds nothing, just waits.
func (h *history) acts(g *goroutine, r *loopRun) bool {
	if r.writes >= r.since/4 || r.spawned >= r.rounds/2 {
		return true
	}
	through := 0
	for _, t := range g.touched.turns {
		if t.time > r.lastGoal && t.time <= r.last && h.chans[t.who] != nil && h.locks[t.who] == nil {
			through++
		}
	}
	return through >= min(r.since, ringSize)/4
}

// outrun notes a goroutine that goes round without reaching a goal while
// another one, in the same loop, reaches it again and again.
func (h *history) outrun(g *goroutine, r *loopRun) {
	ring := h.vital.goals[uint64(r.loop)]
	if r.since < starvedTry || r.last-r.lastGoal < starved || ring == nil || r.hungry || h.serves != nil && h.serves(r.loop) {
		return
	}
	mine := g.touched.since(r.lastGoal, 0)
	for _, other := range keysOf(ring.since(r.lastGoal, g.id)) {
		n := ring.since(r.lastGoal, g.id)[other]
		if n < outruns || len(mine) > 0 && shared(mine, h.gs[other], r.lastGoal) == 0 {
			continue
		}
		r.hungry = true
		x := hunger{rule: "loop-starves", g: g.id, stack: r.stack, ns: r.last - r.lastGoal, turns: n, other: other, tries: r.since}
		if o := h.vital.loops[loopKey{other, r.loop}]; o != nil {
			x.by = o.stack
		}
		h.vital.hungry = append(h.vital.hungry, x)
		return
	}
}

func keysOf[V any](n map[uint64]V) []uint64 { return slices.Sorted(maps.Keys(n)) }

// shared is an object that two goroutines use, or 0.
func shared(mine map[uint64]int, other *goroutine, since int64) uint64 {
	if other == nil {
		return 0
	}
	theirs := other.touched.since(since, 0)
	for _, obj := range keysOf(mine) {
		if mine[obj] >= touches && theirs[obj] >= touches {
			return obj
		}
	}
	return 0
}

// vainGroup is a goroutine that goes round in vain, with those that do so with
// it, or that it does so with.
type vainGroup struct {
	*loopRun
	mutual   []*loopRun // who are in vain too
	with     *goroutine // else: who shares an object with it
	obj      uint64     // that is shared, 0: none is known
	spawns   bool       // it starts goroutines instead
	requeues bool       // it puts back what it takes
}

// putsOff tells that it waits for a timer that each message puts off.
func (x *vainGroup) putsOff(loops *attempts.Table) bool {
	l, ok := loops.Loop(x.loop)
	return ok && l.PutsOff
}

// at is the stack where a goroutine last used the object, or went round.
func (x *vainGroup) at(h *history, r *loopRun) int {
	stack, time := r.stack, int64(0)
	for _, t := range h.gs[r.g].touched.turns {
		if t.stack != 0 && t.time >= r.lastGoal && t.time <= r.last && t.time > time && (t.who == x.obj || x.obj == 0) {
			stack, time = t.stack, t.time
		}
	}
	return stack
}

// vainGroups are the livelocks of loops. weak tells which loops have a goal that
// may be none.
func (h *history) vainGroups(weak func(loop int) bool) []vainGroup {
	var found []vainGroup
	told := map[*loopRun]bool{}
	all := h.vital.vain
	slices.SortStableFunc(all, func(a, b *loopRun) int { return cmp.Or(cmp.Compare(a.g, b.g), cmp.Compare(a.loop, b.loop)) })
	inStandoff := func(g uint64) bool {
		return slices.ContainsFunc(h.vital.livelock, func(s standoff) bool { return slices.Contains(s.who, g) })
	}
	for _, r := range all {
		if told[r] || inStandoff(r.g) || weak(r.loop) && r.since < weakRounds {
			continue
		}
		x := vainGroup{loopRun: r}
		for _, o := range all {
			if o.g != r.g && !(weak(o.loop) && o.since < weakRounds) && o.last > r.lastGoal && r.last > o.lastGoal && h.together(r, o, &x.obj) {
				x.mutual = append(x.mutual, o)
				told[o] = true
			}
		}
		told[r] = true
		if len(x.mutual) == 0 && (weak(r.loop) || r.since < soloRounds || !h.solo(&x)) {
			continue
		}
		found = append(found, x)
	}
	return found
}

// together tells that two goroutines go round at the same object, or in one
// loop in which no object is seen.
func (h *history) together(r, o *loopRun, obj *uint64) bool {
	since := max(r.lastGoal, o.lastGoal)
	mine, theirs := h.gs[r.g].touched.since(since, 0), h.gs[o.g].touched.since(since, 0)
	if len(mine) == 0 && len(theirs) == 0 {
		return r.loop == o.loop
	}
	both := shared(mine, h.gs[o.g], since)
	*obj = cmp.Or(*obj, both)
	return both != 0
}

// solo finds what a goroutine goes round with that is in no such loop itself:
// messages that it exchanges with another one, or goroutines that it starts in
// each round. Who only looks at something does not count: it may wait.
func (h *history) solo(x *vainGroup) bool {
	if h.requeues != nil && h.requeues(x.loop) {
		x.requeues = true
		return true
	}
	if x.spawned >= x.rounds/2 {
		x.spawns = true
		return true
	}
	mine := h.gs[x.g].touched.since(x.lastGoal, 0)
	all := 0
	for _, n := range mine {
		all += n
	}
	for obj := range mine {
		if h.chans[obj] == nil || h.locks[obj] != nil {
			delete(mine, obj)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(h.gs)) {
		if id == x.g {
			continue
		}
		if obj := shared(mine, h.gs[id], x.lastGoal); obj != 0 && mine[obj] >= all/4 {
			x.with, x.obj = h.gs[id], obj
			return true
		}
	}
	return false
}
