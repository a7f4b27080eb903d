package actors

import (
	"fmt"
	"slices"
	"testing"
)

// A model of chase.go and peers.go: each actor is a node of its own, and what may happen
// happens in every order. Messages stay under way as long as one likes, so each one is
// lost, too; some come twice.

type (
	netActor struct {
		method int8   // the question that it works on; outside, or none
		waits  int8   // the question that it waits for, or none
		box    []int8 // questions
	}
	netQuestion struct {
		from, to                          int8
		arrived, begun, answered, refused bool
	}
	netMessage struct {
		kind byte // 'q'uestion, 'a'nswer, 'c'ircle, or 's'earch, 'v'erify, 'r'efuse
		q    int8 // a probe goes along this one

		origin, at int8
		way        string // of questions
		real       bool   // the circle was there when the second round began
	}
	netState struct {
		actors    []netActor
		questions []netQuestion
		under     []netMessage // way
		left      netBudget
	}
	netBudget struct{ calls, giveUps, twice, repeats int8 }
)

const (
	none    = -1
	outside = -2
)

func (s *netState) clone() *netState {
	c := *s
	c.actors, c.questions, c.under = slices.Clone(s.actors), slices.Clone(s.questions), slices.Clone(s.under)
	for i := range c.actors {
		c.actors[i].box = slices.Clone(c.actors[i].box)
	}
	return &c
}

func (s *netState) key() string {
	slices.SortFunc(s.under, func(a, b netMessage) int { return slices.Compare(a.key(), b.key()) })
	var b []byte
	for _, a := range s.actors {
		b = append(b, byte(a.method), byte(a.waits), byte(len(a.box)))
		for _, q := range a.box {
			b = append(b, byte(q))
		}
	}
	for _, q := range s.questions {
		b = append(b, byte(q.from), byte(q.to), flags(q.arrived, q.begun, q.answered, q.refused))
	}
	b = append(b, byte(s.left.calls), byte(s.left.giveUps), byte(s.left.twice), byte(s.left.repeats))
	for _, m := range s.under {
		b = append(b, m.key()...)
	}
	return string(b)
}

func (m netMessage) key() []byte {
	return append([]byte{'|', m.kind, byte(m.q), byte(m.origin), byte(m.at), flags(m.real)}, m.way...)
}

func flags(all ...bool) (b byte) {
	for i, f := range all {
		if f {
			b |= 1 << i
		}
	}
	return b
}

func (s *netState) send(m netMessage) { s.under = append(s.under, m) }

// A netModel is the protocol, perhaps with a flaw.
type netModel struct {
	flaw    string
	round   bool // each asks the next one only
	seen    map[string]bool
	refused int
	wrong   string
}

// next returns what can happen.
func (m *netModel) next(s *netState) (all []*netState) {
	may := func(change func(*netState)) {
		c := s.clone()
		change(c)
		all = append(all, c)
	}
	for i, a := range s.actors {
		switch {
		case a.waits != none:
			if s.left.giveUps > 0 {
				may(func(s *netState) { s.left.giveUps--; s.actors[i].waits = none })
			}
			if s.left.repeats > 0 {
				may(func(s *netState) { s.left.repeats--; s.send(netMessage{kind: 's', q: a.waits, origin: a.waits}) })
			}
		case a.method != none:
			may(func(s *netState) { s.returns(i) })
			for to := range s.actors {
				if s.left.calls > 0 && to != i && (!m.round || to == (i+1)%len(s.actors)) {
					may(func(s *netState) { s.call(i, to) })
				}
			}
		case len(a.box) > 0:
			may(func(s *netState) { s.begin(i) })
		}
	}
	for n := range s.under {
		may(func(s *netState) { m.deliver(s, n) })
		if s.left.twice > 0 {
			may(func(s *netState) { s.left.twice--; s.send(s.under[n]); m.deliver(s, n) })
		}
	}
	return all
}

func (s *netState) call(from, to int) {
	s.left.calls--
	q := int8(len(s.questions))
	s.questions = append(s.questions, netQuestion{from: int8(from), to: int8(to)})
	s.actors[from].waits = q
	s.send(netMessage{kind: 'q', q: q})
}

func (s *netState) begin(i int) {
	a := &s.actors[i]
	q := a.box[0]
	a.box = a.box[1:]
	if !s.questions[q].refused {
		s.questions[q].begun = true
		a.method = q
	}
}

func (s *netState) returns(i int) {
	if q := s.actors[i].method; q != outside {
		s.questions[q].answered = true
		s.send(netMessage{kind: 'a', q: q})
	}
	s.actors[i].method = none
}

func (m *netModel) deliver(s *netState, n int) {
	msg := s.under[n]
	s.under = slices.Delete(s.under, n, n+1)
	q := &s.questions[msg.q]
	switch asker := &s.actors[q.from]; msg.kind {
	case 'q':
		if q.refused {
			return
		}
		if q.arrived && m.flaw == "answers are forgotten" {
			q.answered, q.begun = false, false
		}
		q.arrived = true
		s.actors[q.to].box = append(s.actors[q.to].box, msg.q)
		if m.flaw != "questions are no probes" {
			m.pursue(s, netMessage{kind: 's', q: msg.q, origin: msg.q})
		}
	case 'a', 'c':
		if asker.waits == msg.q {
			asker.waits = none
		}
	default:
		m.pursue(s, msg)
	}
}

// pursue is System.pursue.
func (m *netModel) pursue(s *netState, p netMessage) {
	q := &s.questions[p.q]
	switch {
	case q.refused:
		s.send(netMessage{kind: 'c', q: p.q})
		return
	case !q.arrived || q.answered && m.flaw != "answered questions count":
		return
	case p.kind == 'r':
		if !q.begun || m.flaw == "begun messages are refused" {
			m.refuse(s, p)
		}
		return
	case p.kind == 's' && p.way == "" && q.begun && m.flaw != "begun messages are refused":
		return
	}
	out := s.actors[q.to].waits
	if out == none {
		return
	}
	p.q = out
	switch {
	case p.kind == 'v':
		if byte(out) != p.way[p.at] {
			return
		}
		if p.at++; int(p.at) == len(p.way) {
			p.kind = 'r'
		}
	case out == p.origin:
		p.way += string([]byte{byte(out)})
		p.kind, p.real = 'v', s.real(p.way)
		if m.flaw == "one round" {
			p.kind = 'r'
		}
	case slices.Contains([]byte(p.way), byte(out)):
		return
	default:
		p.way += string([]byte{byte(out)})
	}
	s.send(p)
}

func (m *netModel) refuse(s *netState, p netMessage) {
	m.refused++
	if !p.real {
		m.wrong = fmt.Sprintf("a circle that was not there: %+v in %+v", p, s)
	}
	if s.questions[p.q].begun {
		m.wrong = fmt.Sprintf("refused and handled: %+v in %+v", p, s)
	}
	s.questions[p.q].refused = true
	s.send(netMessage{kind: 'c', q: p.q})
}

// real reports whether all waits of a way are there: with no answer under way.
func (s *netState) real(way string) bool {
	for i := range way {
		id := int8(way[i])
		q := s.questions[id]
		last := s.questions[way[(i+len(way)-1)%len(way)]]
		if s.actors[q.from].waits != id || !q.arrived || q.answered || q.from != last.to {
			return false
		}
		if slices.ContainsFunc(s.under, func(m netMessage) bool { return m.q == id && (m.kind == 'a' || m.kind == 'c') }) {
			return false
		}
	}
	return true
}

// circle reports whether there is one.
func (s *netState) circle() bool {
	for i := range s.actors {
		at, steps := int8(i), 0
		for ; s.actors[at].waits != none && steps <= len(s.actors); steps++ {
			at = s.questions[s.actors[at].waits].to
		}
		if steps > len(s.actors) {
			return true
		}
	}
	return false
}

// run goes through all states, and stops at the first one that is wrong.
func (m *netModel) run(actors int, budget netBudget) {
	first := &netState{left: budget}
	for range actors {
		first.actors = append(first.actors, netActor{method: outside, waits: none})
	}
	m.seen = map[string]bool{}
	todo := []*netState{first}
	for len(todo) > 0 && m.wrong == "" {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if key := s.key(); m.seen[key] {
			continue
		} else {
			m.seen[key] = true
		}
		if len(s.under) == 0 && s.circle() {
			m.wrong = fmt.Sprintf("a circle is left: %+v", s)
		}
		todo = append(todo, m.next(s)...)
	}
}

func TestProbesInEveryOrder(t *testing.T) {
	for _, c := range []struct {
		actors int
		round  bool
		budget netBudget
	}{
		{2, false, netBudget{calls: 2, giveUps: 1, twice: 1}},
		{2, false, netBudget{calls: 2, repeats: 1}},
		{2, false, netBudget{calls: 3, giveUps: 1}},
		{3, true, netBudget{calls: 3}},
	} {
		m := netModel{round: c.round}
		m.run(c.actors, c.budget)
		t.Logf("%d actors, %+v: %d states, %d refusals", c.actors, c.budget, len(m.seen), m.refused)
		if m.wrong != "" || m.refused == 0 {
			t.Errorf("%d actors, %+v: %s", c.actors, c.budget, m.wrong)
		}
	}
}

// Each part of the protocol is needed.
func TestProbesWithFlaws(t *testing.T) {
	for flaw, c := range map[string]struct {
		actors int
		budget netBudget
	}{
		"one round":                  {3, netBudget{calls: 4, giveUps: 1}},
		"answered questions count":   {2, netBudget{calls: 3, giveUps: 1}},
		"answers are forgotten":      {2, netBudget{calls: 3, twice: 1, giveUps: 1}},
		"questions are no probes":    {2, netBudget{calls: 2}},
		"begun messages are refused": {2, netBudget{calls: 2, repeats: 1}},
	} {
		m := netModel{flaw: flaw}
		m.run(c.actors, c.budget)
		t.Logf("%s: after %d states: %s", flaw, len(m.seen), m.wrong)
		if m.wrong == "" {
			t.Errorf("with the flaw %q nothing is wrong in %d states", flaw, len(m.seen))
		}
	}
}
