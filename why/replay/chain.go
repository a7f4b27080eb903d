package replay

// The critical path is found with linked chains. Every goroutine holds the head
// of a chain of links that explains, without a gap, the time from the beginning
// until now. While it runs or waits for a core it appends links; when another
// goroutine makes it ready, it drops its own chain and goes on from the other's:
// that one is why it could not be ready earlier. The chain of main at its end is
// the critical path.
//
// Chains share their beginnings, so they form a tree whose leaves are the live
// goroutines. fold keeps it small: a stretch of the tree without a branch can
// only be kept or dropped as a whole, so the links in it are summed up by what
// they say.

type link struct {
	time  int64
	count int64
	prev  int32 // smaller than the link's own index; 0 = the beginning
	stack uint32
	lock  uint32 // object held + 1
	kind  Kind
}

func (l *link) says(m *link) bool {
	return l.stack == m.stack && l.lock == m.lock && l.kind == m.kind
}

// foldAt is the number of links beyond which they are folded. They should stay
// in a processor's cache.
const foldAt = 1 << 15

type chains struct {
	links  []link // links[0] is the beginning
	foldAt int

	// Of fold, kept to be used again.
	spare  []link
	uses   []int32
	moved  []int32
	recent [4096]recent // where in links a saying was last put
	round  uint32
}

type recent struct {
	round uint32
	at    int32
}

func (c *chains) makeChains(ops int64) {
	room := int(min(2*ops, foldAt+4*burst)) + 1
	c.links = append(make([]link, 0, room), link{})
	c.spare = make([]link, 0, room)
	c.foldAt = foldAt
}

// extend appends to the chain of g. A negative time takes back what was
// appended ahead of time.
func (c *chains) extend(g *gor, kind Kind, stack uint32, lock uint32, time int64) {
	if time == 0 {
		return
	}
	if g.own {
		l := &c.links[g.head]
		if l.kind == kind && l.stack == stack && l.lock == lock {
			l.time += time
			l.count++
			return
		}
	}
	c.links = append(c.links, link{time: time, count: 1, prev: g.head, stack: stack, lock: lock, kind: kind})
	g.head = int32(len(c.links) - 1)
	g.own = true
}

// inherit lets the chain of b continue that of a, which has made it ready.
func inherit(b, a *gor) {
	b.head = a.head
	a.own, b.own = false, false
}

// fold drops the links that no goroutine's chain contains, and sums up those
// between two branches.
func (c *chains) fold(gs []gor) {
	old := c.links
	c.uses = zeroed(c.uses, len(old)) // chains or links that go on from here
	for i := range gs {
		if h := gs[i].head; h > 0 {
			c.uses[h] += 2 // a head is kept apart, as an end of a stretch
		}
	}
	for i := len(old) - 1; i > 0; i-- {
		if c.uses[i] > 0 {
			c.uses[old[i].prev]++
		}
	}
	c.moved = zeroed(c.moved, len(old)) // of the ends of stretches
	c.links = append(c.spare[:0], link{})
	for i := 1; i < len(old); i++ {
		if c.uses[i] > 1 {
			c.moved[i] = c.foldStretch(old, int32(i))
		}
	}
	for i := range gs {
		gs[i].head = c.moved[gs[i].head]
		gs[i].own = false
	}
	c.spare = old
	c.foldAt = max(foldAt, 2*len(c.links), len(gs))
}

func zeroed(s []int32, n int) []int32 {
	if cap(s) < n {
		return make([]int32, n, n+n/4)
	}
	s = s[:n]
	clear(s)
	return s
}

// foldStretch moves the links that end with old[end] and begin after the last
// branch before it, and returns where the last of them went.
func (c *chains) foldStretch(old []link, end int32) int32 {
	c.round++
	begin := len(c.links)
	at := end
	for ; at > 0 && (at == end || c.uses[at] == 1); at = old[at].prev {
		c.add(&old[at], begin)
	}
	head := c.moved[at]
	for i := begin; i < len(c.links); i++ {
		c.links[i].prev = head
		head = int32(i)
	}
	return head
}

// add sums l up with a link that says the same among those from begin on, if
// one is remembered.
func (c *chains) add(l *link, begin int) {
	hash := (uint64(l.stack)<<32 | uint64(l.lock)<<3 | uint64(l.kind)) * 0x9E3779B97F4A7C15
	r := &c.recent[hash>>52]
	if r.round == c.round && int(r.at) >= begin {
		if m := &c.links[r.at]; m.says(l) {
			m.time += l.time
			m.count += l.count
			return
		}
	}
	*r = recent{c.round, int32(len(c.links))}
	c.links = append(c.links, *l)
}
