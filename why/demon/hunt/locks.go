package hunt

import (
	"slices"

	"github.com/trivet-go/trivet/internal/overlay"
)

// The lock graph. When a goroutine that holds A begins to take B, there is an
// edge from A to B, with the other locks that it holds, its gates.

// edgeKey is the same for what is the same edge: the objects, and where they
// were taken.
type edgeKey struct {
	from, to           uint64
	fromStack, toStack int
}

// edge is one time that a goroutine took two locks one after the other.
type edge struct {
	g     uint64
	from  hold
	to    hold
	gates []hold
	cycle uint16 // of the collector
}

// perEdge is how many times of one edge are kept: from different goroutines
// and collector cycles.
const perEdge = 8

// firstHeap is where Go's heap begins on 64-bit Linux. Below it are globals,
// whose address is theirs for ever.
const firstHeap = 0xc000000000

func lockMode(kind string) mode {
	if kind == overlay.RLock || kind == overlay.RLockBegin || kind == overlay.RUnlock {
		return reading
	}
	return writing
}

// tries takes in the attempt to take a lock.
func (h *history) tries(g *goroutine, e overlay.BookEvent) {
	a := h.attempt(e)
	a.mode = lockMode(e.Kind)
	g.now, g.selects = &a, nil
	if a.mode == writing {
		h.lock(e.Address).wants(writer{place{g.id, h.pos}, e.Stack})
	}
	for i := range g.held {
		held := g.held[i]
		if held.lock == e.Address {
			h.again(&a, held)
			return // an edge from a lock to itself says nothing
		}
	}
	for i, held := range g.held {
		h.edge(g, i, held, hold{e.Address, a.mode, e.Stack, h.pos}, e.Cycle)
	}
}

// wants keeps who wants to write, as far as it may matter to nested readers.
func (l *lock) wants(w writer) {
	const most = 16
	for i := range l.writers {
		if l.writers[i].g == w.g {
			l.writers[i] = w
			return
		}
	}
	if len(l.writers) < most {
		l.writers = append(l.writers, w)
	}
}

// again is an attempt to take a lock that the goroutine holds.
func (h *history) again(a *attempt, held hold) {
	const most = 1000
	a.other = &held
	switch {
	case a.mode == reading && held.mode == reading:
		if len(h.nested) < most {
			h.nested = append(h.nested, a)
		}
	case len(h.twice) < most:
		h.twice = append(h.twice, a)
	}
}

func (h *history) edge(g *goroutine, i int, from, to hold, cycle uint16) {
	key := edgeKey{from.lock, to.lock, from.stack, to.stack}
	known := h.edges[key]
	for _, e := range known {
		if e.g == g.id && e.cycle == cycle {
			return
		}
	}
	if len(known) >= perEdge {
		known = known[:copy(known, known[1:])] // the newest may be alive
	}
	gates := slices.Concat(g.held[:i], g.held[i+1:])
	h.edges[key] = append(known, &edge{g: g.id, from: from, to: to, gates: gates, cycle: cycle})
}

// takes takes in a lock that was taken. One that was taken by a Try had no
// attempt that could block, and so makes no edge.
func (h *history) takes(g *goroutine, e overlay.BookEvent) {
	const most = 256 // held at once; more is a program that we misunderstand
	if g.now != nil && g.now.obj == e.Address {
		g.now.done = true
		g.now = nil
	}
	if len(g.held) < most {
		g.held = append(g.held, hold{e.Address, lockMode(e.Kind), e.Stack, h.pos})
	}
}

// releases takes in an unlock. A mutex may be unlocked by another goroutine
// than the one that locked it.
func (h *history) releases(g *goroutine, e overlay.BookEvent) {
	if h.release(g, e) {
		return
	}
	for _, other := range h.gs {
		if len(other.held) > 0 && h.release(other, e) {
			return
		}
	}
}

func (h *history) release(g *goroutine, e overlay.BookEvent) bool {
	for i := len(g.held) - 1; i >= 0; i-- {
		if g.held[i].lock == e.Address && g.held[i].mode == lockMode(e.Kind) {
			g.held = slices.Delete(g.held, i, i+1)
			return true
		}
	}
	return false
}

// maxCycle is the longest cycle of locks that is looked for.
const maxCycle = 5

// cycles finds orders of locks that can deadlock: every lock of the cycle is
// waited for by a goroutine that holds the one before. The goroutines differ;
// no two edges are under a common gate; where an edge ends and the next begins
// at least one of the two writes; and no edge surely happens before another.
func (h *history) cycles() [][]*edge {
	if h.order.full() {
		return nil
	}
	h.order.sort()
	from := map[uint64][]*edge{}
	for _, es := range h.edges {
		for _, e := range es {
			from[e.from.lock] = append(from[e.from.lock], e)
		}
	}
	s := cycleSearch{h: h, from: from, seen: map[string]bool{}, steps: 1 << 20}
	starts := make([]uint64, 0, len(from))
	for lock := range from {
		starts = append(starts, lock)
	}
	slices.Sort(starts)
	for _, lock := range starts {
		for _, e := range from[lock] {
			if e.to.lock > lock {
				s.walk(lock, []*edge{e})
			}
		}
	}
	return s.found
}

// cycleSearch walks the graph. Each cycle is found from its smallest lock.
type cycleSearch struct {
	h     *history
	from  map[uint64][]*edge
	found [][]*edge
	seen  map[string]bool
	steps int // that may be taken yet
}

func (s *cycleSearch) walk(start uint64, path []*edge) {
	if s.steps--; s.steps < 0 || len(s.found) >= 100 {
		return
	}
	last := path[len(path)-1]
	if last.to.lock == start {
		if last.conflicts(path[0]) && s.fresh(path) {
			s.found = append(s.found, slices.Clone(path))
		}
		return
	}
	if len(path) == maxCycle {
		return
	}
	for _, e := range s.from[last.to.lock] {
		if e.to.lock >= start && last.conflicts(e) && s.together(path, e) {
			s.walk(start, append(path, e))
		}
	}
}

// fresh tells that a cycle through these places was not found yet.
func (s *cycleSearch) fresh(path []*edge) bool {
	key := ""
	for _, e := range path {
		key += siteKey(e.from.stack, e.to.stack)
	}
	if s.seen[key] {
		return false
	}
	s.seen[key] = true
	return true
}

func siteKey(a, b int) string {
	return string([]rune{rune(a + 1), rune(b + 1), ' '})
}

// conflicts tells that who waits at the end of e is kept waiting by who holds
// the lock at the beginning of next.
func (e *edge) conflicts(next *edge) bool {
	return e.to.mode == writing || next.from.mode == writing
}

// together tells that an edge could be in the way of all of the path at once.
func (s *cycleSearch) together(path []*edge, e *edge) bool {
	for _, p := range path {
		if p.g == e.g || p.to.lock == e.to.lock || gated(p, e) || !sameObjects(p, e) || s.h.ordered(p, e) {
			return false
		}
	}
	return true
}

// sameObjects tells that the addresses of two edges mean the same objects:
// they are globals, or the collector did not come between.
func sameObjects(a, b *edge) bool {
	global := func(e *edge) bool { return e.from.lock < firstHeap && e.to.lock < firstHeap }
	return a.cycle == b.cycle || global(a) && global(b)
}

// gated tells that a common lock keeps the two apart.
func gated(a, b *edge) bool {
	for _, x := range a.gates {
		for _, y := range b.gates {
			if x.lock == y.lock && (x.mode == writing || y.mode == writing) {
				return true
			}
		}
	}
	return false
}

// ordered tells that one of the edges is surely over before the other begins:
// its goroutine has begun to take the second lock, and what makes the other
// goroutine go on comes after that.
func (h *history) ordered(a, b *edge) bool {
	return h.order.before(place{a.g, a.to.pos}, place{b.g, b.from.pos}) ||
		h.order.before(place{b.g, b.to.pos}, place{a.g, a.from.pos})
}

// hangsTwice are the attempts at a lock that the goroutine itself holds, which
// never succeeded.
func (h *history) hangsTwice() []*attempt {
	var found []*attempt
	for _, a := range h.twice {
		g := h.gs[a.g]
		if !a.done && g != nil && g.now == a && !g.ended {
			found = append(found, a)
		}
	}
	return found
}

// nested is a read lock within a read lock of the same goroutine, and who may
// write between the two.
type nestedRead struct {
	*attempt
	writer int    // a stack
	writes uint64 // the goroutine
}

// nestedReads are read locks within read locks, where another goroutine writes
// that nothing keeps away: coming between the two, it waits for the first and
// keeps the second waiting.
func (h *history) nestedReads() []nestedRead {
	h.order.sort()
	var found []nestedRead
	seen := map[string]bool{}
	for _, a := range h.nested {
		key := siteKey(a.other.stack, a.stack)
		if seen[key] {
			continue
		}
		for _, w := range h.lock(a.obj).writers {
			if w.g != a.g && !h.order.before(w.place, place{a.g, a.other.pos}) && !h.order.before(place{a.g, a.pos}, w.place) {
				seen[key] = true
				found = append(found, nestedRead{a, w.stack, w.g})
				break
			}
		}
	}
	return found
}
