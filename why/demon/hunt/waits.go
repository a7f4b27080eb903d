package hunt

import (
	"cmp"
	"slices"
	"strings"

	"github.com/trivet-go/trivet/internal/overlay"
)

// What tells livelock and starvation from work. All of it is about time, so it
// is judged in undisturbed runs only: a shaken one makes goroutines late by
// itself. The thresholds leave room: see WAITS.md.
const (
	bucket = int64(100e6) // nanoseconds

	vainWindow   = int64(400e6) // of attempts without progress
	vainTries    = 100
	vainProgress = 0.05 // of the attempts

	flatWindow = 10   // buckets in which a counter stands still
	flatOps    = 1000 // while there are so many operations

	inVains  = 200 // wake-ups of Cond.Wait for nothing
	refusals = 50  // that each goroutine of a circle gets from the next, without a success

	starved     = int64(200e6) // a wait
	starvedLock = int64(1e9)   // a wait in a lock of package sync, which are fair after 1 ms
	starvedPass = 20           // times that one other goroutine has its turn meanwhile
	starvedTry  = 8            // attempts that fail, without one that does not
	servedElse  = 100          // receives of a receiver from other channels meanwhile, for each of these

	fair     = 0.8 // Jain's index of turns
	unequal  = 20  // times the best peer's median wait
	leastGap = int64(100e3)
)

// turn is one time that a goroutine took a lock, or received from a channel.
type turn struct {
	who   uint64 // the goroutine, or the channel
	time  int64
	stack int // if it is asked for
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
	refused  map[refused]*refusal
	livelock []standoff
	hungry   []hunger
	counters map[string]*counter
	took     map[uint64]*ring // by lock
	sends    map[uint64]*ring // by channel: who sent
	holder   map[uint64]turn  // by lock: who took it for writing
	services services
	loops    map[loopKey]*loopRun
	goals    map[uint64]*ring // by loop: who reached one
	vain     []*loopRun
	changes  map[uint64]*ring // by wait for a condition: who changed what it asks for
}

func newVital() vital {
	return vital{refused: map[refused]*refusal{}, services: newServices(), loops: map[loopKey]*loopRun{}, goals: map[uint64]*ring{}, changes: map[uint64]*ring{}, sends: map[uint64]*ring{}, counters: map[string]*counter{}, took: map[uint64]*ring{}, holder: map[uint64]turn{}}
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
	if e.Kind == overlay.Rounds {
		h.goesRound(g, e)
		return
	}
	v.ops = v.bump(v.ops, e.Time)
	switch e.Kind {
	case overlay.Lock, overlay.WLock, overlay.RLock, overlay.TryFailed, overlay.Send, overlay.Recv, overlay.SendFailed, overlay.SelectSend:
		g.touched.add(turn{e.Address, e.Time, e.Stack})
		g.hands(e.Address)
	}
	switch e.Kind {
	case overlay.TryFailed:
		v.tries = v.bump(v.tries, e.Time)
		h.refuse(g, e)
	case overlay.Lock, overlay.WLock, overlay.RLock:
		h.turnOf(g, e)
	case overlay.Recv, overlay.RecvClosed, overlay.Send:
		h.waited(g, e)
		h.moved(g, e)
		h.endStreak(g, e.Time)
	case overlay.SendFailed:
		h.noRoom(g, e)
	case overlay.MakeChan:
		v.services.made(g, e, h.directSite(e.Stack))
	case overlay.CloseChan:
		h.answered(g, e)
		h.endStreak(g, e.Time)
	case overlay.CondWait:
		h.inVain(g, e)
		g.waits = h.attempt(e)
	case overlay.CondWoken:
		h.unwoken(&g.waits, e.Time)
		h.endStreak(g, e.Time)
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

// endCounters ends the waits of peers that go on.
func (v *vital) endCounters(now int64) {
	for name, c := range v.counters {
		if c.since > 0 && strings.Contains(name, "\x00") {
			c.waits = append(c.waits, now-c.since)
		}
	}
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
