package hunt

import "github.com/trivet-go/trivet/internal/overlay"

// A request often carries a channel for its answer. Channels that are made at
// one place and answered by one goroutine are a service; a request that waits
// while a hundred later ones are answered has been overtaken.

// services are told apart by where their channels are made.
type services struct {
	channels map[uint64]request // by channel
	rings    map[string]*answers
}

// request is a channel that waits for an answer.
type request struct {
	site  string
	maker uint64
	time  int64
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
}

const (
	mostRequests = 100_000
	overtakes    = 100
)

func newServices() services {
	return services{channels: map[uint64]request{}, rings: map[string]*answers{}}
}

func (s *services) made(e overlay.BookEvent, site string) {
	delete(s.channels, e.Address) // an older one, at the same address
	if site != "" && len(s.channels) < mostRequests {
		s.channels[e.Address] = request{site, e.Goroutine, e.Time}
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
	next := answer{g.id, e.Stack, r.time, e.Time}
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
		if x.made > r.time && x.made > a.time {
			if later[x.by]++; later[x.by] == overtakes {
				h.vital.hungry = append(h.vital.hungry, hunger{rule: "request-overtaken", g: a.g, stack: a.stack, ns: now - a.time, turns: later[x.by], other: x.by, by: x.stack})
				return
			}
		}
	}
}
