package hunt

import (
	"cmp"
	"slices"

	"github.com/trivet-go/trivet/internal/overlay"
)

// Goroutines that hold a lock each and try for the next one's: a circle in
// which everybody refuses somebody, and nobody gets on, is a livelock of any
// length.

// refusal counts how often a goroutine was refused a lock by the one that holds
// it, with a lock of its own in hand, since one of them last got on.
type refusal struct {
	n     int
	stack int
	since int64
	last  int64
}

// refused is who was refused, and by whom.
type refused struct{ who, by uint64 }

// standoff is such a circle.
type standoff struct {
	who []uint64
	refusal
	of []refusal // of each
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
	key := refused{g.id, holder}
	r := v.refused[key]
	if r == nil {
		if len(v.refused) > 10_000 {
			return
		}
		r = &refusal{since: e.Time}
		v.refused[key] = r
	}
	r.n++
	r.stack, r.last = e.Stack, e.Time
}

// long tells that somebody was refused often, and for long or until the end.
func (r *refusal) long(end bool) bool {
	return r.n >= refusals && (end || r.last-r.since >= starved)
}

// gotOn ends the refusals that a goroutine gave or got: the circle that it was
// in, if it was a long one, is told.
func (v *vital) gotOn(g uint64) {
	v.circle(g, false)
	for key := range v.refused {
		if key.who == g || key.by == g {
			delete(v.refused, key)
		}
	}
}

// circle notes the circle of refusals that leads from a goroutine back to it.
func (v *vital) circle(from uint64, end bool) {
	next := map[uint64][]uint64{}
	for key, r := range v.refused {
		if r.long(end) {
			next[key.who] = append(next[key.who], key.by)
		}
	}
	for _, by := range next {
		slices.Sort(by)
	}
	came := map[uint64]uint64{}
	queue := []uint64{from}
	for len(queue) > 0 {
		g := queue[0]
		queue = queue[1:]
		for _, by := range next[g] {
			if by == from {
				v.standoff(from, g, came)
				return
			}
			if _, ok := came[by]; !ok {
				came[by] = g
				queue = append(queue, by)
			}
		}
	}
}

// standoff takes in the circle that begins at from and comes back from last.
func (v *vital) standoff(from, last uint64, came map[uint64]uint64) {
	s := standoff{}
	for g := last; ; g = came[g] {
		s.who = append(s.who, g)
		if g == from {
			break
		}
	}
	slices.Reverse(s.who)
	for i, g := range s.who {
		r := v.refused[refused{g, s.who[(i+1)%len(s.who)]}]
		s.of = append(s.of, *r)
		if i == 0 {
			s.since = r.since
		}
		s.since, s.last = min(s.since, r.since), max(s.last, r.last)
	}
	if !slices.ContainsFunc(v.livelock, func(o standoff) bool { return sameMembers(o.who, s.who) }) {
		v.livelock = append(v.livelock, s)
	}
}

func sameMembers(a, b []uint64) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// circles notes those in which the run ends.
func (v *vital) circles() {
	var all []uint64
	for key := range v.refused {
		all = append(all, key.who)
	}
	slices.SortFunc(all, cmp.Compare[uint64])
	for _, g := range slices.Compact(all) {
		if !slices.ContainsFunc(v.livelock, func(o standoff) bool { return slices.Contains(o.who, g) }) {
			v.circle(g, true)
		}
	}
}
