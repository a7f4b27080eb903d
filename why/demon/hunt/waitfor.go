package hunt

import (
	"slices"

	"github.com/trivet-go/trivet/internal/overlay"
	"github.com/trivet-go/trivet/why/demon"
)

// waitGraph tells, at the end of a run, who waits for whom. The garbage
// collector proves that a goroutine waits for ever only where nothing that
// lives refers to what it waits for; for locks and channels in globals it
// cannot. Here it is asked who holds the lock, and who has used the channel the
// other way.
type waitGraph struct {
	h     *history
	nodes map[uint64]*node
	locks map[uint64]*lockUse
}

// lockUse is who holds a lock at the end of the run, and who waits to write.
type lockUse struct {
	holders []holder
	writers []uint64
}

type holder struct {
	g    *goroutine
	mode mode
}

// node is a goroutine that lives.
type node struct {
	g       *demon.Goroutine
	past    *goroutine
	wakers  []uint64 // who could wake it
	all     bool     // all of them must get on; else one is enough
	known   bool     // wakers is all there is to say
	object  uint64
	onLock  bool
	missing bool // the lock's holder has ended without unlocking
	can     bool // it may get on
}

// newWaitGraph links the goroutines of a look around by what they did.
func newWaitGraph(h *history, look []demon.Goroutine) *waitGraph {
	w := &waitGraph{h: h, nodes: map[uint64]*node{}, locks: lockUses(h)}
	for i := range look {
		g := &look[i]
		w.nodes[g.ID] = &node{g: g, past: h.gs[g.ID]}
	}
	for _, n := range w.nodes {
		w.link(n)
	}
	w.mark()
	return w
}

// link finds who could wake a goroutine. What is not known makes it one that
// may get on by itself.
func (w *waitGraph) link(n *node) {
	n.can = true
	if !n.g.Blocked() || n.past == nil || n.past.now == nil || w.h.lost > 0 {
		return
	}
	now := n.past.now
	n.object = now.obj
	switch now.kind {
	case overlay.LockBegin, overlay.WLockBegin, overlay.RLockBegin:
		n.wakers, n.missing = w.holders(now)
		n.onLock, n.all = true, now.kind == overlay.WLockBegin
		n.known = len(n.wakers) > 0 || n.missing
	case overlay.SendBegin, overlay.RecvBegin:
		n.wakers, n.known = w.opposite(now), now.obj != 0
	case overlay.SelectBegin:
		n.known = len(n.past.selects) > 0
		for i := range n.past.selects {
			n.wakers = append(n.wakers, w.opposite(&n.past.selects[i])...)
		}
	case overlay.WaitBegin:
		n.wakers, n.known = w.counters(now), true
	case overlay.CondWait:
		n.wakers, n.known = w.alive(w.h.cond(now.obj).wakers, now.g), true
	}
	n.can = !n.known
}

func lockUses(h *history) map[uint64]*lockUse {
	uses := map[uint64]*lockUse{}
	of := func(lock uint64) *lockUse {
		if uses[lock] == nil {
			uses[lock] = &lockUse{}
		}
		return uses[lock]
	}
	for _, g := range h.gs {
		for _, held := range g.held {
			u := of(held.lock)
			u.holders = append(u.holders, holder{g, held.mode})
		}
		if !g.ended && g.now != nil && g.now.kind == overlay.WLockBegin {
			u := of(g.now.obj)
			u.writers = append(u.writers, g.id)
		}
	}
	return uses
}

// holders are who keeps the attempt at a lock waiting: who holds it in a mode
// that is in the way, and for a reader also a writer that waits before it.
func (w *waitGraph) holders(a *attempt) (ids []uint64, ended bool) {
	use := w.locks[a.obj]
	if use == nil {
		return nil, false
	}
	for _, held := range use.holders {
		switch {
		case held.mode == reading && a.mode == reading:
		case held.g.ended:
			ended = true
		default:
			ids = append(ids, held.g.id)
		}
	}
	if a.mode == reading {
		for _, id := range use.writers {
			if id != a.g {
				ids = append(ids, id)
			}
		}
	}
	return sorted(ids), ended
}

// opposite are the goroutines that have used a channel the other way, or closed
// it.
func (w *waitGraph) opposite(a *attempt) []uint64 {
	c := w.h.channel(a.obj)
	others := c.recvs
	if a.kind == overlay.RecvBegin || a.kind == overlay.SelectRecv {
		others = c.senders
	}
	return sorted(append(w.alive(others, a.g), w.alive(c.closers, a.g)...))
}

// counters are who could still call Done: who has called Add or Done, and who
// descends from these.
func (w *waitGraph) counters(a *attempt) []uint64 {
	adders := w.h.group(a.obj).adders
	var ids []uint64
	for id := range w.nodes {
		if id == a.g {
			continue
		}
		for up, steps := id, 0; steps < 100; steps++ {
			if _, ok := adders[up]; ok {
				ids = append(ids, id)
				break
			}
			g := w.h.gs[up]
			if g == nil {
				break
			}
			up = g.parent
		}
	}
	return sorted(ids)
}

func (w *waitGraph) alive(users map[uint64]int, but uint64) []uint64 {
	var ids []uint64
	for id := range users {
		if w.nodes[id] != nil && id != but {
			ids = append(ids, id)
		}
	}
	return sorted(ids)
}

func sorted(ids []uint64) []uint64 {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// mark finds who may get on: from those that can run to whoever they can wake.
func (w *waitGraph) mark() {
	for again := true; again; {
		again = false
		for _, n := range w.nodes {
			if !n.can && !n.missing && w.woken(n) {
				n.can, again = true, true
			}
		}
	}
}

func (w *waitGraph) woken(n *node) bool {
	may := func(id uint64) bool { m := w.nodes[id]; return m == nil || m.can }
	if n.all {
		return !slices.ContainsFunc(n.wakers, func(id uint64) bool { return !may(id) })
	}
	return slices.ContainsFunc(n.wakers, may)
}

// circles are smallest sets of goroutines that wait for each other, where at
// least one waits for a lock: a goroutine that merely waits for work at the end
// of a program is none.
func (w *waitGraph) circles() [][]*node {
	var found [][]*node
	taken := map[uint64]bool{}
	for _, id := range w.sorted() {
		n := w.nodes[id]
		if n.can || !n.onLock || taken[id] {
			continue
		}
		if n.missing {
			taken[id] = true
			found = append(found, []*node{n})
			continue
		}
		if c := w.circle(n); c != nil && !slices.ContainsFunc(c, func(n *node) bool { return taken[n.g.ID] }) {
			for _, n := range c {
				taken[n.g.ID] = true
			}
			found = append(found, c)
		}
	}
	return found
}

func (w *waitGraph) sorted() []uint64 {
	ids := make([]uint64, 0, len(w.nodes))
	for id := range w.nodes {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// circle is a shortest way from a goroutine over those it waits for back to
// itself, or nil.
func (w *waitGraph) circle(start *node) []*node {
	from := map[uint64]*node{}
	todo := []*node{start}
	for len(todo) > 0 {
		n := todo[0]
		todo = todo[1:]
		for _, id := range n.wakers {
			m := w.nodes[id]
			if m == nil || m.can {
				continue
			}
			if m == start {
				var way []*node
				for ; n != start; n = from[n.g.ID] {
					way = append(way, n)
				}
				way = append(way, start)
				slices.Reverse(way)
				return way
			}
			if from[id] == nil {
				from[id] = n
				todo = append(todo, m)
			}
		}
	}
	return nil
}
