package hunt

import (
	"slices"

	"github.com/trivet-go/trivet/internal/overlay"
)

// hunger is a wait that was too long while others had their turns.
type hunger struct {
	rule  string
	g     uint64
	stack int
	ns    int64
	turns int    // of the other
	other uint64 // goroutine
	by    int    // stack of the other, 0 if not known
	tries int    // that failed; 0 for one long wait
}

// streak is a goroutine that tries in vain, and does nothing else.
type streak struct {
	obj   uint64
	stack int
	since int64
	n     int
}

// turnOf takes in a lock that was taken: whoever refused is over it, and who
// waited too long is noted.
func (h *history) turnOf(g *goroutine, e overlay.BookEvent) {
	v := &h.vital
	if e.Argument == 1 && len(g.held) > 0 { // by a Try, with another lock in hand: it gets on
		v.gotOn(g.id)
	}
	since, tries := int64(0), 0
	if g.now != nil && g.now.obj == e.Address {
		since = g.now.time
	} else if g.streak.obj == e.Address && g.streak.n >= starvedTry {
		since, tries = g.streak.since, g.streak.n
	}
	if since > 0 && e.Time-since >= enough(tries) {
		h.passed(g, streak{obj: e.Address, stack: e.Stack, since: since, n: tries}, e.Time)
	}
	if e.Kind == overlay.Lock && e.Argument == 1 || g.streak.obj == e.Address {
		g.streak = streak{}
	}
	if e.Kind != overlay.RLock {
		v.holder[e.Address] = turn{who: g.id, time: e.Time}
	}
	keepTurn(v.took, e.Address, turn{who: g.id, time: e.Time})
}

// enough is how long a goroutine waits for a lock until it starves. One that
// waits in Lock, instead of trying, is served within a millisecond or two by a
// machine at rest; on a busy one, hundreds of milliseconds were measured that are
// nobody's fault.
func enough(tries int) int64 {
	if tries == 0 {
		return starvedLock
	}
	return starved
}

// keepTurn adds a turn to the ring of an object, of which there are not too many.
func keepTurn(rings map[uint64]*ring, obj uint64, t turn) {
	r := rings[obj]
	if r == nil {
		if len(rings) > 2000 {
			return
		}
		r = &ring{}
		rings[obj] = r
	}
	r.add(t)
}

// endStreak judges a goroutine that has tried in vain and now does something
// else.
func (h *history) endStreak(g *goroutine, now int64) {
	s := g.streak
	g.streak = streak{}
	if s.n >= starvedTry && now-s.since >= starved {
		h.passed(g, s, now)
	}
}

// passed notes a goroutine that waited for a lock while another had it again
// and again. Waiting in a long fair queue is no hunger: nobody has two turns.
func (h *history) passed(g *goroutine, s streak, now int64) {
	r := h.vital.took[s.obj]
	if r == nil {
		return
	}
	for other, n := range r.since(s.since, g.id) {
		if n >= starvedPass {
			h.vital.hungry = append(h.vital.hungry, hunger{rule: "lock-starves", g: g.id, stack: s.stack, ns: now - s.since, turns: n, other: other, tries: s.n})
			return
		}
	}
}

// noRoom takes in a send that was given up at once because there was no room,
// and notes a goroutine for which there never is, while another one sends.
func (h *history) noRoom(g *goroutine, e overlay.BookEvent) {
	s := &g.noRoom
	if s.obj != e.Address || s.stack != e.Stack {
		*s = streak{obj: e.Address, stack: e.Stack, since: e.Time}
	}
	s.n++
	r := h.vital.sends[e.Address]
	if s.n < vainTries || e.Time-s.since < starved || r == nil || g.hungry == s.obj {
		return
	}
	for other, n := range r.since(s.since, g.id) {
		if n >= servedElse {
			g.hungry = s.obj
			h.vital.hungry = append(h.vital.hungry, hunger{rule: "send-never-fits", g: g.id, stack: s.stack, ns: e.Time - s.since, turns: n, other: other, tries: s.n, by: h.channel(s.obj).senders[other]})
			return
		}
	}
}

// waited judges a wait at a channel that ends: the goroutine sent, or received,
// or left for another case of its select.
func (h *history) waited(g *goroutine, e overlay.BookEvent) {
	a := g.now
	if a == nil || e.Time-a.time < starved {
		return
	}
	switch a.kind {
	case overlay.SendBegin:
		if a.obj == e.Address {
			h.unheard(*a, e.Time)
		}
	case overlay.RecvBegin:
		h.overtaken(*a, e.Time)
	case overlay.SelectBegin:
		h.inSelect(g, e.Time)
	}
}

// inSelect judges all cases of a select that waited, or still does.
func (h *history) inSelect(g *goroutine, now int64) {
	for _, c := range g.selects {
		c.time = g.now.time
		if c.kind == overlay.SelectSend {
			h.unheard(c, now)
		} else {
			h.overtaken(c, now)
		}
	}
}

// moved keeps what went through a channel.
func (h *history) moved(g *goroutine, e overlay.BookEvent) {
	if e.Kind != overlay.Send {
		g.received.add(turn{who: e.Address, time: e.Time})
		return
	}
	g.sent.add(turn{who: e.Address, time: e.Time})
	keepTurn(h.vital.sends, e.Address, turn{who: g.id, time: e.Time})
	h.answered(g, e)
	if g.noRoom.obj == e.Address {
		g.noRoom = streak{}
	}
}

// unheard notes a send that waited while one who receives from the channel, or
// who receives what the sender's peers send, received from others again and
// again.
func (h *history) unheard(a attempt, now int64) {
	if now-a.time < starved {
		return
	}
	c := h.channel(a.obj)
	known := false
	for _, id := range keysOf(c.recvs) {
		if r := h.gs[id]; r != nil && id != a.g {
			known = known || !r.ended
			if h.servesOthers(r, a, nil, now) {
				return
			}
		}
	}
	if known {
		return
	}
	for _, r := range h.wouldReceive(c) {
		if r.id != a.g && h.servesOthers(r, a, nil, now) {
			return
		}
	}
	peers := h.peerChannels(a)
	for _, id := range keysOf(peers) {
		if r := h.gs[id]; h.servesOthers(r, a, peers[id], now) {
			return
		}
	}
}

// servesOthers notes that r received a hundred times from each of other
// channels while a waited, and not from a's. Which channels count is in only;
// nil: all.
func (h *history) servesOthers(r *goroutine, a attempt, only map[uint64]bool, now int64) bool {
	channels, n, most := 0, 0, 0
	by := h.channel(a.obj).recvs[r.id]
	for from, times := range r.received.since(a.time, a.obj) {
		if only != nil && !only[from] {
			continue
		}
		channels++
		n += times
		if times > most { // the line that says what it is busy with
			most, by = times, h.channel(from).recvs[r.id]
		}
	}
	tenth := (now - a.time) / 10
	if channels == 0 || n < servedElse*channels || r.heard(a.obj, a.time+tenth, now-tenth) {
		return false
	}
	h.vital.hungry = append(h.vital.hungry, hunger{rule: "channel-starves", g: a.g, stack: a.stack, ns: now - a.time, turns: n, other: r.id, by: by})
	return true
}

// wouldReceive are the goroutines that stand in code that receives from a
// channel, though they have never come so far.
func (h *history) wouldReceive(c *channel) (found []*goroutine) {
	if h.receivers == nil {
		return nil
	}
	spans := h.receivers(c.made)
	if len(spans) == 0 {
		return nil
	}
	for _, id := range keysOf(h.gs) {
		if r := h.gs[id]; !r.ended && len(r.received.turns) > 0 && h.inSpans(h.channel(r.received.turns[0].who).recvs[id], spans) {
			found = append(found, r)
		}
	}
	return found
}

// peerChannels are the channels to which peers of a sender sent while it waited,
// by who received from them. Peers were started by the same go statement and
// send at the same place.
func (h *history) peerChannels(a attempt) map[uint64]map[uint64]bool {
	found := map[uint64]map[uint64]bool{}
	me := h.gs[a.g]
	if me == nil || me.created == 0 {
		return nil
	}
	for _, p := range h.gs {
		if p.id == a.g || h.siteOf(p.created) != h.siteOf(me.created) {
			continue
		}
		for obj := range p.sent.since(a.time, a.obj) {
			c := h.channel(obj)
			if h.siteOf(c.senders[p.id]) != h.siteOf(a.stack) {
				continue
			}
			for r := range c.recvs {
				if h.gs[r] != nil && r != a.g {
					if found[r] == nil {
						found[r] = map[uint64]bool{}
					}
					found[r][obj] = true
				}
			}
		}
	}
	return found
}

// heard tells that a goroutine received from a channel between two times. The
// receive that ends the wait is not meant, nor the one before it, which may be
// kept a little later than the next send begins.
func (g *goroutine) heard(obj uint64, since, until int64) bool {
	return slices.ContainsFunc(g.received.turns, func(t turn) bool { return t.who == obj && since < t.time && t.time < until })
}

// inVain takes in a Cond.Wait: again at the same place, and nothing but its lock
// since the last, means that it was woken for nothing.
func (h *history) inVain(g *goroutine, e overlay.BookEvent) {
	if g.vain.obj == e.Address && g.vain.stack == e.Stack && !g.went {
		g.vain.n++
	} else {
		g.vain = streak{obj: e.Address, stack: e.Stack, since: e.Time}
		g.hungry = 0
	}
	g.went = false
	if g.vain.n < inVains || e.Time-g.vain.since < starved || g.hungry == e.Address {
		return
	}
	r := h.vital.took[g.lastLock]
	if r == nil {
		return
	}
	for other, n := range r.since(g.vain.since, g.id) {
		if n >= starvedPass {
			g.hungry = e.Address
			h.vital.hungry = append(h.vital.hungry, hunger{rule: "woken-in-vain", g: g.id, stack: e.Stack, ns: e.Time - g.vain.since, turns: n, other: other})
			return
		}
	}
}

// unwoken notes a wait for a condition while others changed what it waits for
// again and again.
func (h *history) unwoken(a *attempt, now int64) {
	if h.waitLoop == nil || now-a.time < starved {
		return
	}
	r := h.vital.changes[uint64(h.waitLoop(a.stack))]
	if r == nil {
		return
	}
	n, most, other := 0, 0, uint64(0)
	changed := r.since(a.time, a.g)
	for _, id := range keysOf(changed) {
		n += changed[id]
		if changed[id] > most {
			most, other = changed[id], id
		}
	}
	if n >= servedElse {
		x := hunger{rule: "condition-starves", g: a.g, stack: a.stack, ns: now - a.time, turns: n, other: other}
		if l := h.vital.loops[loopKey{other, h.waitLoop(a.stack)}]; l != nil {
			x.by = l.stack
		}
		h.vital.hungry = append(h.vital.hungry, x)
	}
}

// finish judges what goes on when the events end.
func (h *history) finish() {
	v := &h.vital
	v.circles()
	for _, r := range v.loops {
		h.leaves(h.g(r.g), r)
	}
	for _, id := range keysOf(h.gs) {
		g := h.gs[id]
		h.endStreak(g, h.last)
		if g.now == nil || g.ended || h.last-g.now.time < starved {
			continue
		}
		switch g.now.kind {
		case overlay.LockBegin, overlay.WLockBegin, overlay.RLockBegin:
			if h.last-g.now.time >= enough(0) {
				h.passed(g, streak{obj: g.now.obj, stack: g.now.stack, since: g.now.time}, h.last)
			}
		case overlay.SendBegin:
			h.unheard(*g.now, h.last)
		case overlay.RecvBegin:
			h.overtaken(*g.now, h.last)
		case overlay.SelectBegin:
			h.inSelect(g, h.last)
		case overlay.CondWait:
			h.unwoken(g.now, h.last)
		}
	}
	v.endCounters(h.last)
}

// starving are the waits that were too long, without those of goroutines that
// refuse each other.
func (v *vital) starving() []hunger {
	return slices.DeleteFunc(slices.Clone(v.hungry), func(x hunger) bool {
		return slices.ContainsFunc(v.livelock, func(s standoff) bool { return slices.Contains(s.who, x.g) })
	})
}
