package hunt

import (
	"cmp"
	"slices"
	"strings"

	"github.com/trivet-go/trivet/internal/overlay"
)

// What tells livelock and starvation from work. All of it is about time, so it
// is judged in undisturbed runs only: a shaken one makes goroutines late by
// itself. The thresholds leave room: see DESIGN.md.
const (
	bucket = int64(100e6) // nanoseconds

	vainWindow   = int64(400e6) // of attempts without progress
	vainTries    = 100
	vainProgress = 0.05 // of the attempts

	flatWindow = 10   // buckets in which a counter stands still
	flatOps    = 1000 // while there are so many operations

	inVains  = 200 // wake-ups of Cond.Wait for nothing
	refusals = 50  // that each of two goroutines gives the other, without a success

	starved     = int64(200e6) // a wait
	starvedPass = 20           // times that one other goroutine has its turn meanwhile
	servedElse  = 100          // receives of a receiver from other channels meanwhile, for each of these

	fair     = 0.8 // Jain's index of turns
	unequal  = 20  // times the best peer's median wait
	leastGap = int64(100e3)
)

// turn is one time that a goroutine took a lock, or received from a channel.
type turn struct {
	who  uint64 // the goroutine, or the channel
	time int64
}

// ring keeps the last turns.
type ring struct {
	turns []turn
	next  int
}

const ringSize = 512

func (r *ring) add(t turn) {
	if len(r.turns) < ringSize {
		r.turns = append(r.turns, t)
		return
	}
	r.turns[r.next] = t
	r.next = (r.next + 1) % ringSize
}

// since counts the turns after a time, by who had them, one apart.
func (r *ring) since(time int64, but uint64) map[uint64]int {
	n := map[uint64]int{}
	for _, t := range r.turns {
		if t.time > time && t.who != but {
			n[t.who]++
		}
	}
	return n
}

// hunger is a wait that was too long while others had their turns.
type hunger struct {
	rule  string
	g     uint64
	stack int
	ns    int64
	turns int    // of the other
	other uint64 // goroutine
	by    int    // stack of the other, 0 if not known
}

// streak is a goroutine that tries in vain, and does nothing else.
type streak struct {
	obj   uint64
	stack int
	since int64
	n     int
}

// refusal counts how often each of two goroutines refused the other a lock that
// it holds, without one of them getting on.
type refusal struct {
	n      [2]int // by the smaller and the larger goroutine
	stacks [2]int
	since  int64
	last   int64
}

type pair struct{ a, b uint64 }

// tally is what a counter did in a bucket.
type tally struct{ done, tried int }

// counter is one of package why/demon.
type counter struct {
	stack   int
	began   int64
	buckets []tally
	tries   bool // the program tells what it tries
	// peers, for a counter that is a peer's turns
	waits []int64
	since int64 // the wait that goes on; 0: none
}

// vital holds what is measured over time.
type vital struct {
	first    int64
	ops      []int // in each bucket
	tries    []int // of TryLock
	refused  map[pair]*refusal
	livelock []refusedPair
	hungry   []hunger
	counters map[string]*counter
	took     map[uint64]*ring // by lock
	holder   map[uint64]turn  // by lock: who took it for writing
}

type refusedPair struct {
	pair
	refusal
}

func newVital() vital {
	return vital{refused: map[pair]*refusal{}, counters: map[string]*counter{}, took: map[uint64]*ring{}, holder: map[uint64]turn{}}
}

// bump counts n in the bucket of a time.
func (v *vital) bump(buckets []int, time int64) []int {
	const most = 36_000 // an hour
	i := int((time - v.first) / bucket)
	if i < 0 || i >= most {
		return buckets
	}
	for len(buckets) <= i {
		buckets = append(buckets, 0)
	}
	buckets[i]++
	return buckets
}

// measure takes in an event, before the history does.
func (h *history) measure(g *goroutine, e overlay.BookEvent, name string) {
	v := &h.vital
	if v.first == 0 {
		v.first = e.Time
	}
	if e.Kind == overlay.Progress {
		v.tell(e, name)
		return
	}
	v.ops = v.bump(v.ops, e.Time)
	switch e.Kind {
	case overlay.TryFailed:
		v.tries = v.bump(v.tries, e.Time)
		h.refuse(g, e)
	case overlay.Lock, overlay.WLock, overlay.RLock:
		h.turnOf(g, e)
	case overlay.Recv, overlay.RecvClosed:
		g.received.add(turn{e.Address, e.Time})
		h.endStreak(g, e.Time)
	case overlay.Send:
		if g.now != nil && g.now.kind == overlay.SendBegin && g.now.obj == e.Address {
			h.unheard(g.now, e.Time)
		}
		h.endStreak(g, e.Time)
	case overlay.CondWait:
		h.inVain(g, e)
	case overlay.Sleep, overlay.Unlock, overlay.LockBegin, overlay.Query:
	default:
		h.endStreak(g, e.Time)
	}
	switch e.Kind {
	case overlay.Lock, overlay.WLock:
		g.lastLock = e.Address
	case overlay.CondWait, overlay.CondWoken, overlay.LockBegin, overlay.WLockBegin, overlay.Unlock, overlay.WUnlock:
	default:
		g.went = true
	}
}

// refuse takes in a lock that could not be had at once.
func (h *history) refuse(g *goroutine, e overlay.BookEvent) {
	v := &h.vital
	if g.streak.obj != e.Address || g.streak.stack != e.Stack {
		h.endStreak(g, e.Time)
		g.streak = streak{obj: e.Address, stack: e.Stack, since: e.Time}
	}
	g.streak.n++
	holder := v.holder[e.Address].who
	if len(g.held) == 0 || holder == 0 || holder == g.id {
		return
	}
	p, side := pair{g.id, holder}, 0
	if p.a > p.b {
		p.a, p.b, side = p.b, p.a, 1
	}
	r := v.refused[p]
	if r == nil {
		if len(v.refused) > 10_000 {
			return
		}
		r = &refusal{since: e.Time}
		v.refused[p] = r
	}
	r.n[side]++
	r.stacks[side], r.last = e.Stack, e.Time
}

// turnOf takes in a lock that was taken: whoever refused is over it, and who
// waited too long is noted.
func (h *history) turnOf(g *goroutine, e overlay.BookEvent) {
	v := &h.vital
	if e.Argument == 1 && len(g.held) > 0 { // by a Try, with another lock in hand: it gets on
		for p, r := range v.refused {
			if p.a == g.id || p.b == g.id {
				v.closePair(p, r)
			}
		}
	}
	since := int64(0)
	if g.now != nil && g.now.obj == e.Address {
		since = g.now.time
	} else if g.streak.obj == e.Address && g.streak.n >= starvedPass {
		since = g.streak.since
	}
	if since > 0 && e.Time-since >= starved {
		h.passed(g, e.Address, since, e.Time, e.Stack)
	}
	if e.Kind == overlay.Lock && e.Argument == 1 || g.streak.obj == e.Address {
		g.streak = streak{}
	}
	if e.Kind != overlay.RLock {
		v.holder[e.Address] = turn{g.id, e.Time}
	}
	r := v.took[e.Address]
	if r == nil {
		if len(v.took) > 2000 {
			return
		}
		r = &ring{}
		v.took[e.Address] = r
	}
	r.add(turn{g.id, e.Time})
}

// endStreak judges a goroutine that has tried in vain and now does something
// else.
func (h *history) endStreak(g *goroutine, now int64) {
	s := g.streak
	g.streak = streak{}
	if s.n >= starvedPass && now-s.since >= starved {
		h.passed(g, s.obj, s.since, now, s.stack)
	}
}

// passed notes a goroutine that waited for a lock while another had it again
// and again. Waiting in a long fair queue is no hunger: nobody has two turns.
func (h *history) passed(g *goroutine, obj uint64, since, now int64, stack int) {
	r := h.vital.took[obj]
	if r == nil {
		return
	}
	for other, n := range r.since(since, g.id) {
		if n >= starvedPass {
			h.vital.hungry = append(h.vital.hungry, hunger{rule: "lock-starves", g: g.id, stack: stack, ns: now - since, turns: n, other: other})
			return
		}
	}
}

// unheard notes a send that waited while one who receives from the channel
// received from others again and again.
func (h *history) unheard(a *attempt, now int64) {
	if now-a.time < starved {
		return
	}
	for id := range h.channel(a.obj).recvs {
		r := h.gs[id]
		if r == nil || id == a.g {
			continue
		}
		from := r.received.since(a.time, a.obj)
		n := 0
		for _, times := range from {
			n += times
		}
		tenth := (now - a.time) / 10
		if len(from) > 0 && n >= servedElse*len(from) && !r.heard(a.obj, a.time+tenth, now-tenth) {
			h.vital.hungry = append(h.vital.hungry, hunger{rule: "channel-starves", g: a.g, stack: a.stack, ns: now - a.time, turns: n, other: id, by: h.channel(a.obj).recvs[id]})
			return
		}
	}
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
		g.vain, g.hungry = streak{obj: e.Address, stack: e.Stack, since: e.Time}, false
	}
	g.went = false
	if g.vain.n < inVains || e.Time-g.vain.since < starved || g.hungry {
		return
	}
	r := h.vital.took[g.lastLock]
	if r == nil {
		return
	}
	for other, n := range r.since(g.vain.since, g.id) {
		if n >= starvedPass {
			g.hungry = true
			h.vital.hungry = append(h.vital.hungry, hunger{rule: "woken-in-vain", g: g.id, stack: e.Stack, ns: e.Time - g.vain.since, turns: n, other: other})
			return
		}
	}
}

// tell takes in what package why/demon was told.
func (v *vital) tell(e overlay.BookEvent, name string) {
	c := v.counters[name]
	if c == nil {
		c = &counter{began: e.Time, stack: e.Stack}
		v.counters[name] = c
	}
	i := int((e.Time - c.began) / bucket)
	for len(c.buckets) <= i && i < 36_000 {
		c.buckets = append(c.buckets, tally{})
	}
	if i >= len(c.buckets) {
		return
	}
	const done, tried, waits, served = 1, 2, 3, 4 // as in package demon
	switch e.Argument {
	case done:
		c.buckets[i].done += int(e.Address)
	case tried:
		c.buckets[i].tried++
		c.tries = true
	case waits:
		c.since = e.Time
	case served:
		if c.since > 0 {
			c.waits = append(c.waits, e.Time-c.since)
		}
		c.since = 0
	}
}

func (v *vital) closePair(p pair, r *refusal) {
	if min(r.n[0], r.n[1]) >= refusals && r.last-r.since >= starved {
		v.livelock = append(v.livelock, refusedPair{p, *r})
	}
	delete(v.refused, p)
}

// finish judges what goes on when the events end.
func (h *history) finish() {
	v := &h.vital
	for p, r := range v.refused {
		v.closePair(p, r)
	}
	for _, g := range h.gs {
		h.endStreak(g, h.last)
		if g.now == nil || g.ended || h.last-g.now.time < starved {
			continue
		}
		switch g.now.kind {
		case overlay.LockBegin, overlay.WLockBegin, overlay.RLockBegin:
			h.passed(g, g.now.obj, g.now.time, h.last, g.now.stack)
		case overlay.SendBegin:
			h.unheard(g.now, h.last)
		}
	}
	for name, c := range v.counters {
		if c.since > 0 && strings.Contains(name, "\x00") {
			c.waits = append(c.waits, h.last-c.since)
		}
	}
}

// starving are the waits that were too long, without those of goroutines that
// refuse each other.
func (v *vital) starving() []hunger {
	return slices.DeleteFunc(slices.Clone(v.hungry), func(x hunger) bool {
		return slices.ContainsFunc(v.livelock, func(p refusedPair) bool { return p.a == x.g || p.b == x.g })
	})
}

// standstill is a counter that did not move while goroutines were busy.
type standstill struct {
	name        string
	ns          int64
	done, tried int
	told        bool // the program told what it tried
	ops         int
}

// standstills are the counters that stood still, each once: the worst window.
func (h *history) standstills() []standstill {
	var found []standstill
	v := &h.vital
	for name, c := range v.counters {
		if strings.Contains(name, "\x00") {
			continue
		}
		// What goes on after the last sign of it is no standstill: the work is over.
		shift := int((c.began - v.first) / bucket)
		at := func(buckets []int, i int) int {
			if i += shift; i >= 0 && i < len(buckets) {
				return buckets[i]
			}
			return 0
		}
		var worst *standstill
		for i := 0; i < len(c.buckets); i++ {
			s := standstill{name: name, told: c.tries}
			busy := 0
			for j := i; j < len(c.buckets) && j < i+flatWindow; j++ {
				s.done += c.buckets[j].done
				ops := at(v.ops, j)
				s.ops += ops
				if ops >= 10 {
					busy++
				}
				if c.tries {
					s.tried += c.buckets[j].tried
				} else {
					s.tried += at(v.tries, j)
				}
				s.ns += bucket
				if s.bad(busy) {
					if worst == nil || s.tried+s.ops > worst.tried+worst.ops {
						w := s
						worst = &w
					}
				}
			}
		}
		if worst != nil {
			found = append(found, *worst)
		}
	}
	slices.SortFunc(found, func(a, b standstill) int { return cmp.Compare(a.name, b.name) })
	return found
}

// bad tells that a stretch of a counter is a livelock.
func (s *standstill) bad(busy int) bool {
	tried := s.ns >= vainWindow && s.tried >= vainTries && float64(s.done) < vainProgress*float64(s.tried)
	flat := s.ns >= flatWindow*bucket && s.done == 0 && s.ops >= flatOps && busy >= flatWindow*8/10
	return tried || flat
}

// peerGroup are the keys of demon.Peers with one name.
type peerGroup struct {
	name  string
	peers []peer
}

type peer struct {
	key    string
	turns  int
	median int64
	max    int64
}

// unequalPeers are the groups in which one waits out of proportion.
func (h *history) unequalPeers() []peerGroup {
	groups := map[string]*peerGroup{}
	for full, c := range h.vital.counters {
		name, key, ok := strings.Cut(full, "\x00")
		if !ok || len(c.waits) == 0 {
			continue
		}
		if groups[name] == nil {
			groups[name] = &peerGroup{name: name}
		}
		slices.Sort(c.waits)
		groups[name].peers = append(groups[name].peers, peer{key, len(c.waits), c.waits[len(c.waits)/2], c.waits[len(c.waits)-1]})
	}
	var found []peerGroup
	for _, g := range groups {
		slices.SortFunc(g.peers, func(a, b peer) int { return cmp.Or(cmp.Compare(a.median, b.median), cmp.Compare(a.key, b.key)) })
		if g.starves() {
			found = append(found, *g)
		}
	}
	slices.SortFunc(found, func(a, b peerGroup) int { return cmp.Compare(a.name, b.name) })
	return found
}

// starves tells that a peer waits out of proportion: its median wait is many
// times the best peer's, or it had its turn far less often while it waited
// long. Peers of which one asks less often are not unequal for that.
func (g *peerGroup) starves() bool {
	if len(g.peers) < 2 {
		return false
	}
	best, worst := g.peers[0], g.peers[len(g.peers)-1]
	if worst.median >= max(unequal*best.median, leastGap*10) {
		return true
	}
	for _, p := range g.peers {
		if p.max >= starved && p.max > 100*max(best.median, 1) && g.jain() < fair {
			return true
		}
	}
	return false
}

// jain is Jain's index of fairness of the turns: 1 when all have as many, 1/n
// when one has all (Jain, Chiu, Hawe: DEC TR-301, 1984).
func (g *peerGroup) jain() float64 {
	sum, squares := 0.0, 0.0
	for _, p := range g.peers {
		sum += float64(p.turns)
		squares += float64(p.turns) * float64(p.turns)
	}
	if squares == 0 {
		return 1
	}
	return sum * sum / (float64(len(g.peers)) * squares)
}
