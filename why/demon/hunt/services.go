package hunt

import (
	"slices"

	"github.com/trivet-go/trivet/internal/overlay"
)

// A request often carries a channel for its answer. Channels that are made at
// one place, handed over under one lock or through one channel, and answered by
// one goroutine are a service; a request that waits while a hundred later ones are
// answered has been overtaken.

// services are told apart by where their channels are made.
type services struct {
	channels map[uint64]*request // by channel
	rings    map[string]*answers
}

// request is a channel that waits for an answer.
type request struct {
	site  string
	maker uint64
	time  int64
	desks []uint64 // where it may have been handed over: locks and channels
}

// answers are the last ones of a service.
type answers struct {
	last []answer
	next int
}

// answer is a channel that was closed or sent to, for the first time.
type answer struct {
	by         uint64
	stack      int
	made, time int64
	desks      []uint64 // where the request may have been taken from
}

const (
	mostRequests = 100_000
	overtakes    = 100
	mostDesks    = 3
)

func newServices() services {
	return services{channels: map[uint64]*request{}, rings: map[string]*answers{}}
}

func (s *services) made(g *goroutine, e overlay.BookEvent, site string) {
	delete(s.channels, e.Address) // an older one, at the same address
	g.asks = nil
	if site == "" || len(s.channels) >= mostRequests {
		return
	}
	g.asks = &request{site: site, maker: e.Goroutine, time: e.Time, desks: desksOf(g)}
	s.channels[e.Address] = g.asks
}

// desksOf are the locks that a goroutine holds.
func desksOf(g *goroutine) (desks []uint64) {
	for _, held := range g.held {
		if len(desks) < mostDesks {
			desks = append(desks, held.lock)
		}
	}
	return desks
}

// hands takes in what a goroutine uses after it has made a channel: there it may
// hand it over.
func (g *goroutine) hands(obj uint64) {
	if g.asks == nil {
		return
	}
	if g.asks.desks = append(g.asks.desks, obj); len(g.asks.desks) >= 2*mostDesks {
		g.asks = nil
	}
}

// answered takes in a channel that is closed or sent to.
func (h *history) answered(g *goroutine, e overlay.BookEvent) {
	s := &h.vital.services
	r, ok := s.channels[e.Address]
	if !ok {
		return
	}
	delete(s.channels, e.Address)
	if r.maker == g.id { // whoever closes what he has made answers nobody
		return
	}
	a := s.rings[r.site]
	if a == nil {
		a = &answers{}
		s.rings[r.site] = a
	}
	next := answer{g.id, e.Stack, r.time, e.Time, desksOf(g)}
	if n := len(g.received.turns); n > 0 {
		next.desks = append(next.desks, g.received.turns[(g.received.next+n-1)%n].who)
	}
	if len(a.last) < ringSize {
		a.last = append(a.last, next)
		return
	}
	a.last[a.next] = next
	a.next = (a.next + 1) % ringSize
}

// overtaken notes a receive that has waited for an answer while one goroutine
// has answered a hundred requests that were made later, at the same place.
func (h *history) overtaken(a attempt, now int64) {
	r, ok := h.vital.services.channels[a.obj]
	if !ok || now-a.time < starved || h.vital.services.rings[r.site] == nil {
		return
	}
	later := map[uint64]int{}
	for _, x := range h.vital.services.rings[r.site].last {
		if x.made > r.time && x.made > a.time && slices.ContainsFunc(x.desks, func(d uint64) bool { return slices.Contains(r.desks, d) }) {
			if later[x.by]++; later[x.by] == overtakes {
				h.vital.hungry = append(h.vital.hungry, hunger{rule: "request-overtaken", g: a.g, stack: a.stack, ns: now - a.time, turns: later[x.by], other: x.by, by: x.stack})
				return
			}
		}
	}
}
